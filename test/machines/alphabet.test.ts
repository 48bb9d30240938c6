/** The four kinds of message: what is sampled, what is said, and that nothing in it is a secret, a time or a text that is not finite (L19). */
import { describe, expect, it } from '@jest/globals';
import {
  failureReasons,
  fullRules,
  isNotice,
  isReason,
  isStatus,
  reasonRows,
  reasons,
  samples,
  signinResults,
  smallRules,
  statusResults,
  timerFacts,
  type ChartNotice,
  type Command,
  type Message,
  type Reason,
  type Rules,
} from '../../machines/index.js';
import { explore, isRequest } from '../../src/table/explore.js';

/** Every type of message; the compiler sees to it that none is left out or made up. */
const messageTypes = Object.keys({
  'signin.request': true,
  'signout.request': true,
  'status.request': true,
  'server.found': true,
  'server.failed': true,
  'link.opened': true,
  'link.refused': true,
  'session.synchronized': true,
  'session.failed': true,
  'status.published': true,
  'status.refused': true,
  'link.lost': true,
  'link.verified': true,
  'link.closed': true,
  'finding.expired': true,
  'logon.expired': true,
  'synchronizing.expired': true,
  'publish.expired': true,
  'signout.expired': true,
  'check.expired': true,
  'retry.due': true,
  'idle.due': true,
  'away.due': true,
  'status.expired': true,
  'network.lost': true,
  'network.restored': true,
  'power.suspended': true,
  'power.resumed': true,
  'input.ceased': true,
  'input.resumed': true,
  'clock.jumped': true,
  'session.restored': true,
} satisfies Record<Message['type'], true>).sort();

const commandTypes = Object.keys({
  'server.find': true,
  'link.open': true,
  'session.synchronize': true,
  'presence.publish': true,
  'presence.withdraw': true,
  'link.check': true,
  'link.close': true,
  'link.drop': true,
  'timer.start': true,
  'timer.stop': true,
  'session.forget': true,
} satisfies Record<Command['type'], true>).sort();

const noticeTypes = Object.keys({
  OnSignin: true,
  OnMyStatusChange: true,
  OnSignout: true,
} satisfies Record<ChartNotice['type'], true>).sort();

const text = (value: unknown) => JSON.stringify(value);
const rulesOf: readonly (readonly [string, Rules])[] = [
  ['small', smallRules],
  ['full', fullRules],
];

describe('samples', () => {
  it.each(rulesOf)('hold every type of message, %s rules', (_, rules) => {
    for (const which of ['few', 'all'] as const) {
      expect([...new Set(samples(rules, which).map(({ type }) => type))].sort()).toEqual(messageTypes);
    }
  });

  it.each(rulesOf)('are plain JSON, each once, and the few are among all, %s rules', (_, rules) => {
    const few = samples(rules).map(text);
    const all = samples(rules, 'all');
    expect(JSON.parse(text(all))).toEqual(all);
    expect(new Set(all.map(text)).size).toBe(all.length);
    expect(new Set(few).size).toBe(few.length);
    const known = new Set(all.map(text));
    expect(few.filter((sample) => !known.has(sample))).toEqual([]);
  });

  it('of failures have every reason that can fail something, and in the few one of every sort', () => {
    const reasonsIn = (which: 'few' | 'all') =>
      new Set(samples(fullRules, which).flatMap((message) => ('reason' in message ? [message.reason] : [])));
    expect(failureReasons).toEqual(
      reasonRows.map(([name]) => name).filter((name) => reasons[name].kind !== 'status' || name === 'statusRejected'),
    );
    expect([...reasonsIn('all')].sort()).toEqual([...failureReasons].sort());
    // What the chart asks of a reason: its kind, whether it is final, and the two that it knows by name.
    const sort = (reason: Reason) => {
      const { kind, final } = reasons[reason];
      return text([kind, final, reason === 'tokenExpired' || reason === 'statusRejected' ? reason : '']);
    };
    const sorts = (which: 'few' | 'all') => [...new Set([...reasonsIn(which)].map(sort))].sort();
    expect(sorts('few')).toEqual(sorts('all'));
  });

  it('carry only what decides: no secret, no name, no time, no text (L19)', () => {
    const fields = new Map<string, Set<unknown>>();
    for (const message of samples(fullRules, 'all')) {
      for (const [field, value] of Object.entries(message)) {
        const values = fields.get(field) ?? new Set();
        fields.set(field, values.add(value));
      }
    }
    const { type, reason, status, by, resumed, tries, ...others } = Object.fromEntries(fields);
    expect(Object.keys(others)).toEqual([]);
    expect(type).toEqual(new Set(messageTypes));
    expect([...(reason ?? [])].filter((word) => !isReason(word))).toEqual([]);
    expect([...(status ?? [])].filter((number) => !isStatus(number as number))).toEqual([]);
    expect(by).toEqual(new Set(['away', 'expiry', 'idle', 'return', 'signin', 'user']));
    expect(resumed).toEqual(new Set([false, true]));
    expect(tries).toEqual(new Set(['once', 'retry']));
  });

  it('of statuses follow the rules', () => {
    const none: Rules = { ...smallRules, idle: false, away: false };
    const statusesIn = (rules: Rules, type: Message['type']) =>
      new Set(samples(rules).flatMap((message) => (message.type === type && 'status' in message ? [message.status] : [])));
    expect([...statusesIn(none, 'status.request')]).toEqual(none.statuses);
    expect([...statusesIn(fullRules, 'status.request')]).toEqual(fullRules.statuses);
    expect([...statusesIn(fullRules, 'signin.request')].filter(Boolean)).toEqual(fullRules.statuses);
  });
});

describe('the shapes', () => {
  it('tell the four kinds apart: requests, facts in the past participle, commands in the imperative, notices in historical spelling', () => {
    const facts = messageTypes.filter((type) => !isRequest({ type } as Message));
    expect(messageTypes.filter((type) => isRequest({ type } as Message))).toEqual([
      'signin.request',
      'signout.request',
      'status.request',
    ]);
    expect(facts.filter((type) => !/^[a-z]+\.(?:[a-z]+ed|lost|found|due)$/.test(type))).toEqual([]);
    expect(
      commandTypes.filter(
        (type) => !/^[a-z]+\.(?:find|open|synchronize|publish|withdraw|check|close|drop|start|stop|forget)$/.test(type),
      ),
    ).toEqual([]);
    expect(noticeTypes.every((type) => type.startsWith('On'))).toBe(true);
    const names = [...messageTypes, ...commandTypes, ...noticeTypes];
    expect(new Set(names).size).toBe(names.length);
  });

  it('give every timer its own fact', () => {
    const facts = Object.values(timerFacts);
    expect(new Set(facts).size).toBe(facts.length);
    expect(facts.filter((fact) => !messageTypes.includes(fact))).toEqual([]);
  });
});

describe('what the chart says', () => {
  const { cells } = explore({ rules: smallRules });
  const outputs = [...new Map(cells.flatMap((cell) => cell.outputs).map((output) => [text(output), output])).values()];
  const notices = outputs.filter(isNotice);

  it('is every command and every notice that is declared, and nothing else', () => {
    const commands = outputs.filter((output) => !isNotice(output));
    expect([...new Set(commands.map(({ type }) => type))].sort()).toEqual(commandTypes);
    expect([...new Set(notices.map(({ type }) => type))].sort()).toEqual(noticeTypes);
  });

  it('starts and stops every timer somewhere', () => {
    const timers = Object.keys(timerFacts).sort();
    const named = (type: 'timer.start' | 'timer.stop') =>
      [...new Set(outputs.flatMap((output) => (output.type === type ? [output.timer] : [])))].sort();
    expect(named('timer.start')).toEqual(timers);
    expect(named('timer.stop')).toEqual(timers);
  });

  it('carries only codes, reasons and statuses of the closed lists (L07, L19)', () => {
    for (const notice of notices) {
      expect(isReason(notice.reason)).toBe(true);
      if (notice.type === 'OnSignin') expect(signinResults).toContain(notice.hr);
      if (notice.type === 'OnMyStatusChange') {
        expect(statusResults).toContain(notice.hr);
        expect(isStatus(notice.mMyStatus)).toBe(true);
      }
    }
    const fields = new Set(outputs.flatMap((output) => Object.keys(output)));
    expect([...fields].sort()).toEqual(['by', 'cause', 'hr', 'mMyStatus', 'reason', 'renew', 'status', 'timer', 'type']);
  });
});
