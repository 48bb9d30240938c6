/**
 * The listener of the Promela model: what it remembers of the notices and commands that it hears, and what it asserts of each. It sees no
 * state of the chart; where it needs to know one, it knows it from what was said. It must never use the predicates of `machines/laws.ts`.
 */
import { isOnline, isSuccess, reasons, resultName, statusName, type Output } from '../../machines/index.js';
import { outputName } from './names.js';

/** One thing that can be heard: what the message meant by itself, and what was said about it. */
export interface Heard {
  readonly number: number;
  /** A call of an inline, or nothing. */
  readonly effect: string;
  readonly outputs: readonly Output[];
}

/** One option of the listener's choice. */
export function heardLines({ number, effect, outputs }: Heard): string[] {
  const calls = [...(effect === '' ? [] : [effect]), ...outputs.flatMap(callOf), 'all_said()', 'said = 0'];
  return [`:: d_step { /* ${outputs.map(outputName).join(' ')} */`, `     said == ${number} -> ${calls.join('; ')} }`];
}

function callOf(output: Output): string[] {
  switch (output.type) {
    case 'OnSignin':
      return [isSuccess(output.hr) ? 'signin_succeeded()' : 'signin_failed()'];
    case 'OnSignout':
      return ['signing_out()'];
    case 'OnMyStatusChange':
      if (!isSuccess(output.hr))
        return [`${resultName(output.hr) === 'MSGR_E_DISCONNECTED' ? 'disconnected' : 'change_failed'}(${output.mMyStatus})`];
      if (isOnline(output.mMyStatus)) return [`shows_online(${output.mMyStatus})`];
      return [`shows_${statusName(output.mMyStatus)}(${reasons[output.reason].final})`];
    case 'server.find':
      return ['find()'];
    case 'link.open':
      return [output.renew ? 'renew()' : 'open()'];
    case 'session.synchronize':
    case 'link.check':
    case 'link.close':
      return ['use_line()'];
    case 'presence.publish':
      return [`publish(${output.by === 'user' || output.by === 'signin' ? output.by.toUpperCase() : 'AUTOMATIC'})`];
    case 'presence.withdraw':
      return ['withdraw()'];
    case 'link.drop':
      return ['drop()'];
    case 'session.forget':
      return ['forget()'];
    // Timers are the driver's; that each wait has one is judged on rows (L08, L27).
    case 'timer.start':
    case 'timer.stop':
      return [];
  }
}

/** What the listener remembers, and what it does at each thing that it hears; before the processes. */
export const declarations = `
/* The status heard last, as MISTATUS; 1 is OFFLINE, bit 2 is online. */
short shown = 1;
bool owed = false;      /* an attempt has begun and has not been answered (L05) */
bool accepted = false;  /* the server has accepted this attempt (L06) */
bool refused = false;   /* an attempt has just failed: OFFLINE is due (L06) */
bool lost = false;      /* the line is lost: OFFLINE is due (L20) */
bool leaving = false;   /* OnSignout was heard (L17) */
bool final = false;     /* the reason heard last is never retried (L22) */
byte changes = 0;       /* of the user or automatic, and not answered yet (L03, L14) */
bool answering = false; /* one of them is being answered */
#define NOBODY 0
#define SIGNIN 1
#define USER 2
#define AUTOMATIC 3
byte at_server = NOBODY; /* whose change is there */
#define NONE 0
#define FINDING 1
#define OPENING 2
#define UP 3
#define DOWN 4
byte line = NONE;

inline begins_anew() { final = false }
inline asked() {
  if :: (shown & 2) -> changes++ :: else fi
}
inline opened() { line = UP }
inline lost_line() {
  line = DOWN;
  /* While saying goodbye the line is expected to go. */
  if :: shown != 1024 -> lost = true :: else fi
}
inline first_answer() { assert(at_server == SIGNIN); at_server = NOBODY }
inline answered(who) {
  assert(at_server != NOBODY && at_server != SIGNIN && at_server == who && changes > 0);
  at_server = NOBODY; changes--; answering = true
}

/* L05: one answer an attempt, and success only while connecting. L20. */
inline signin_succeeded() {
  assert(owed && !lost && shown == 512 && line == UP);
  owed = false; accepted = true
}
inline signin_failed() { assert(owed && !refused); owed = false; refused = true }
inline signing_out() {
  assert(!leaving && !owed && changes == 0 && (shown == 768 || (shown & 2)));
  leaving = true
}

/* L06, L17, L20: what is due comes first. */
inline nothing_else_due() { assert(!refused && !lost && !leaving) }
inline shows_LOCAL_FINDING_SERVER(is_final) {
  nothing_else_due();
  assert(shown == 1 && !owed && line == NONE && !final);
  owed = true; accepted = false; shown = 256
}
inline shows_LOCAL_CONNECTING_TO_SERVER(is_final) { nothing_else_due(); assert(shown == 256 && owed); shown = 512 }
inline shows_LOCAL_SYNCHRONIZING_WITH_SERVER(is_final) {
  nothing_else_due();
  assert(shown == 512 && accepted && !owed);
  shown = 768
}
inline shows_online(status) {
  nothing_else_due();
  assert(accepted && !owed && line == UP && (shown == 768 || (shown & 2)));
  answering = false; shown = status
}
inline shows_LOCAL_DISCONNECTING_FROM_SERVER(is_final) {
  assert(leaving && !lost && changes == 0);
  shown = 1024
}
/* L05, L14, L26: nothing is left behind. */
inline shows_OFFLINE(is_final) {
  assert(!owed && changes == 0 && line == NONE && (!leaving || shown == 1024));
  accepted = false; refused = false; lost = false; leaving = false; final = is_final; shown = 1
}
/* L02: the status as it is. */
inline change_failed(status) { assert(status == shown && !leaving); answering = false }
inline disconnected(status) { assert(status == shown && (shown & 2) && !leaving && changes > 0); changes-- }

/* L26: one attempt, one line. */
inline find() { assert(line == NONE && shown == 256); line = FINDING }
inline open() { assert(line == FINDING); line = OPENING }
inline renew() { assert(line == OPENING) }
inline use_line() { assert(line == UP) }
inline drop() { line = NONE; at_server = NOBODY }
/* L03: one change is at the server at a time. */
inline publish(who) {
  assert(line == UP && at_server == NOBODY);
  at_server = who;
  if :: who == AUTOMATIC -> changes++ :: else fi
}
inline withdraw() { assert(answering && at_server == NOBODY) }
inline forget() { assert(!owed && changes == 0 && line == NONE); final = false }
/* L03: an answer is told in the step in which it comes. */
inline all_said() { assert(!answering) }`.trim();

/** The liveness formulas; after the processes. They need no fairness: once it is calm, only the world and the listener go on. */
export const formulas = `
/* A session that is wanted is in the end online or over, if people and trouble leave it alone and the world answers. */
ltl settles { (<> calm) -> [] (wanted -> <> (online || over)) }
/* Every change that was accepted is answered in the end, on the same terms (L03). */
ltl answers { (<> calm) -> [] (changes > 0 -> <> (changes == 0)) }`.trim();
