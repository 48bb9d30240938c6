/** Presence to stanza and back: all eight statuses, what foreign clients send, and what nobody should send. */
import { Parser, type Element } from '@xmpp/xml';
import { assert, property, string } from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { MISTATUS, settableStatuses, type ShownStatus, statusName } from '../../../machines/index.js';
import { MISTATUS_NAMESPACE } from '../../../src/transports/xmpp/index.js';
import { mapping } from '../../../src/transports/xmpp/mapping.js';
import { errorOf, presenceStanza, readContactPresence, readPresence } from '../../../src/transports/xmpp/stanzas.js';

/** Over the wire: as text, and parsed again. */
function parse(text: string): Element {
  const parser = new Parser();
  const found: Element[] = [];
  parser.on('element', (element) => found.push(element));
  parser.write(`<stream xmlns='jabber:client'>${text}`);
  const [element] = found;
  if (element === undefined) throw new Error(`not one element: ${text}`);
  return element;
}

const shown: readonly ShownStatus[] = [...settableStatuses, MISTATUS.IDLE];
const visible = shown.filter((status) => status !== MISTATUS.INVISIBLE);

describe('Presence as a stanza', () => {
  it('has all eight statuses to tell', () => {
    expect(shown).toHaveLength(8);
  });

  it.each(visible.map((status) => [statusName(status), status] as const))('%s comes back as it went', (_name, status) => {
    const presence = { status, note: 'in <b> & "c" — ü 🙂', idleSince: 1_700_000_000_123 };
    expect(readPresence(parse(presenceStanza(presence, { id: 'i', priority: -1 }).toString()))).toEqual(presence);
    expect(readPresence(parse(presenceStanza({ status }).toString()))).toEqual({ status });
  });

  it('INVISIBLE is seen as offline, and nothing in it tells the two apart', () => {
    const stanza = presenceStanza({ status: MISTATUS.INVISIBLE, note: 'hiding', idleSince: 1 }, { id: 'i', priority: 5 });
    expect(stanza.toString()).toBe('<presence id="i" type="unavailable"/>');
    expect(readPresence(parse(stanza.toString()))).toEqual({ status: MISTATUS.OFFLINE });
  });

  it.each([
    [MISTATUS.ONLINE, null],
    [MISTATUS.BUSY, 'dnd'],
    [MISTATUS.BE_RIGHT_BACK, 'away'],
    [MISTATUS.AWAY, 'away'],
    [MISTATUS.IDLE, 'away'],
    [MISTATUS.ON_THE_PHONE, 'dnd'],
    [MISTATUS.OUT_TO_LUNCH, 'xa'],
  ] as const)('%i shows to others as %s', (status, show) => {
    expect(presenceStanza({ status }).getChildText('show')).toBe(show);
  });

  it('any note survives, but for what XML has no place for', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 60 }), (note) => {
        const read = readPresence(parse(presenceStanza({ status: MISTATUS.BUSY, note }).toString()));
        // oxlint-disable-next-line no-control-regex
        const kept = note.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
        expect(read?.note ?? '').toBe(kept);
      }),
    );
  });

  it('half a letter in a note does not break the stream', () => {
    expect(presenceStanza({ status: MISTATUS.BUSY, note: 'a\ud83dz' }).getChildText('status')).toBe('a\ufffdz');
  });
});

describe('The mapping (M21)', () => {
  /** Status; what is sent beside the name of the status; what is understood by those who know show and activity; show and idle; only show. */
  const table = [
    ['ONLINE', '', 'ONLINE', 'ONLINE', 'ONLINE'],
    ['BUSY', 'dnd', 'BUSY', 'BUSY', 'BUSY'],
    ['BE_RIGHT_BACK', 'away', 'AWAY', 'AWAY', 'AWAY'],
    ['AWAY', 'away', 'AWAY', 'AWAY', 'AWAY'],
    ['IDLE', 'away', 'AWAY', 'IDLE', 'AWAY'],
    ['ON_THE_PHONE', 'dnd talking/on_the_phone', 'ON_THE_PHONE', 'BUSY', 'BUSY'],
    ['OUT_TO_LUNCH', 'xa eating/having_lunch', 'OUT_TO_LUNCH', 'AWAY', 'AWAY'],
    ['INVISIBLE', 'unavailable', 'OFFLINE', 'OFFLINE', 'OFFLINE'],
  ] as const;
  const without = (text: string, ...names: readonly string[]): string =>
    names.reduce(
      (left, name) => left.replace(new RegExp(`<${name} [^]*?(?:/>|</${name}>)`), ''),
      text.replaceAll(/<(talking|eating)>[^]*?<\/\1>/g, (inner) => (names.includes('activity') ? '' : inner)),
    );

  it('has one row for each of the eight, in the order of the table', () => {
    expect(mapping.map(({ status }) => statusName(status))).toEqual(table.map(([name]) => name));
    expect(mapping.map(({ plainly }) => statusName(plainly))).toEqual(table.map(([, , , , plainly]) => plainly));
  });

  it.each(table)('%s is sent as %s, and told apart as far as each reader can', (name, sent, byActivity, byIdle, plainly) => {
    const status = MISTATUS[name];
    // The machine says since when only where it has set the status itself.
    const presence = status === MISTATUS.IDLE ? { status, idleSince: 1_700_000_000_000 } : { status };
    const text = presenceStanza(presence).toString();
    const stanza = parse(text);
    const doing = stanza.getChild('activity', 'http://jabber.org/protocol/activity')?.getChildElements()[0];
    const activity = doing === undefined ? '' : ` ${doing.name}/${doing.getChildElements()[0]?.name}`;
    expect(`${stanza.attrs['type'] ?? stanza.getChildText('show') ?? ''}${activity}`).toBe(sent);
    expect(readPresence(stanza)).toEqual(status === MISTATUS.INVISIBLE ? { status: MISTATUS.OFFLINE } : presence);
    const read = (left: string): string => statusName(readPresence(parse(left))?.status ?? MISTATUS.UNKNOWN);
    expect(read(without(text, 'mistatus', 'idle'))).toBe(byActivity);
    expect(read(without(text, 'mistatus', 'activity'))).toBe(byIdle);
    expect(read(without(text, 'mistatus', 'activity', 'idle'))).toBe(plainly);
  });

  it('believes an activity only beside the show that it belongs to', () => {
    const eating = `<activity xmlns='http://jabber.org/protocol/activity'><eating><having_lunch/></eating></activity>`;
    const read = (inside: string) => readPresence(parse(`<presence>${inside}</presence>`))?.status;
    expect(read(`<show>xa</show>${eating}`)).toBe(MISTATUS.OUT_TO_LUNCH);
    expect(read(`<show>dnd</show>${eating}`)).toBe(MISTATUS.BUSY);
    expect(read(`<show>xa</show>${eating.replace('protocol/activity', 'protocol/other')}`)).toBe(MISTATUS.AWAY);
    expect(read(`<show>xa</show>${eating.replace('having_lunch', 'having_tea')}`)).toBe(MISTATUS.AWAY);
  });
});

describe('A stanza as presence', () => {
  const named = (show: string, name: string): string =>
    `<presence><show>${show}</show><mistatus xmlns='${MISTATUS_NAMESPACE}'>${name}</mistatus></presence>`;

  it.each([
    ['<presence/>', MISTATUS.ONLINE],
    ['<presence><show>chat</show></presence>', MISTATUS.ONLINE],
    ['<presence><show>dnd</show></presence>', MISTATUS.BUSY],
    ['<presence><show>away</show></presence>', MISTATUS.AWAY],
    ['<presence><show>xa</show></presence>', MISTATUS.AWAY],
    ["<presence><show>away</show><idle xmlns='urn:xmpp:idle:1'/></presence>", MISTATUS.IDLE],
    ["<presence><show>away</show><idle xmlns='urn:other'/></presence>", MISTATUS.AWAY],
    ['<presence><show> away </show></presence>', MISTATUS.AWAY],
    ['<presence><show>toString</show></presence>', MISTATUS.ONLINE],
    ['<presence><show>brb</show></presence>', MISTATUS.ONLINE],
    ["<presence type='unavailable'/>", MISTATUS.OFFLINE],
    [named('away', 'BE_RIGHT_BACK'), MISTATUS.BE_RIGHT_BACK],
    [named('dnd', 'BE_RIGHT_BACK'), MISTATUS.BUSY],
    [named('away', 'LOCAL_FINDING_SERVER'), MISTATUS.AWAY],
    [named('away', 'INVISIBLE'), MISTATUS.AWAY],
    [named('away', ''), MISTATUS.AWAY],
    ["<presence><show>away</show><mistatus xmlns='urn:other'>BE_RIGHT_BACK</mistatus></presence>", MISTATUS.AWAY],
  ] as const)('%s is %i', (text, status) => {
    expect(readPresence(parse(text))?.status).toBe(status);
  });

  it.each(['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed', 'probe', 'error', 'nonsense', ''])(
    'of type %p tells nothing',
    (type) => {
      expect(readPresence(parse(`<presence type='${type}'/>`))).toBeUndefined();
    },
  );

  it('leaves out a time that is none', () => {
    const text = "<presence><show>away</show><idle xmlns='urn:xmpp:idle:1' since='yesterday'/></presence>";
    expect(readPresence(parse(text))).toEqual({ status: MISTATUS.IDLE });
  });

  it('tells who and which device', () => {
    expect(readContactPresence(parse("<presence from='Bob@Example.org/Phone/2'/>"))).toEqual({
      name: 'bob@example.org',
      device: 'Phone/2',
      status: MISTATUS.ONLINE,
    });
    expect(readContactPresence(parse("<presence from='bob@example.org' type='unavailable'/>"))).toEqual({
      name: 'bob@example.org',
      status: MISTATUS.OFFLINE,
    });
    expect(readContactPresence(parse('<presence/>'))).toBeUndefined();
    expect(readContactPresence(parse("<presence from=''/>"))).toBeUndefined();
  });

  it('finds the condition of an error, or says that there is none', () => {
    const text = "<presence type='error'><error type='wait'><text>full</text><resource-constraint/></error></presence>";
    expect(errorOf(parse(text))).toEqual({ condition: 'resource-constraint', text: 'full' });
    expect(errorOf(parse("<presence type='error'/>"))).toEqual({ condition: 'undefined-condition', text: '' });
  });
});
