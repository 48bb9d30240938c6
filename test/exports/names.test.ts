/** The finite names of messages and outputs. */
import { describe, expect, it } from '@jest/globals';
import { fullRules, MSGR_E_SERVER_TOO_BUSY, samples, smallRules, type Message } from '../../machines/index.js';
import { messageName, outputName } from '../../src/exports/index.js';
import { explore } from '../../src/table/explore.js';

describe('messageName', () => {
  const messages: readonly Message[] = [
    ...samples(fullRules, 'all'),
    { type: 'link.refused', reason: 'serverTooBusy', hr: MSGR_E_SERVER_TOO_BUSY },
  ];
  const names = messages.map(messageName);

  it('says everything that decides', () => {
    expect(names).toContain('status.published.user.BUSY');
    expect(names).toContain('signin.request.once.unchanged');
    expect(names).toContain('session.synchronized.resumed');
    expect(names.at(-1)).toBe('link.refused.serverTooBusy-MSGR_E_SERVER_TOO_BUSY');
    expect(new Set(names).size).toBe(messages.length);
  });

  it('is never the beginning of another one at a dot, by which SCXML would take one for the other', () => {
    expect(names.filter((name) => names.some((other) => other.startsWith(`${name}.`)))).toEqual([]);
  });
});

describe('outputName', () => {
  it('is different for everything that the chart says', () => {
    const outputs = new Map(
      explore({ rules: smallRules }).cells.flatMap((cell) => cell.outputs.map((one) => [JSON.stringify(one), one])),
    );
    const names = [...outputs.values()].map(outputName);
    expect(new Set(names).size).toBe(outputs.size);
    expect(names).toContain('OnMyStatusChange.S_OK.BUSY.userRequest');
    expect(names).toContain('OnSignin.MSGR_E_CANCEL.cancelled');
    expect(names).toContain('timer.start.retry.loss');
    expect(names).toContain('presence.publish.user');
  });
});
