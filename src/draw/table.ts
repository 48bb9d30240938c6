/**
 * The table: for each state and message what comes of it, in as few lines as are true of every reachable situation; data for `table.json`
 * and for the page made from it. It is read out of an exploration and must never be written by hand.
 *
 * The schema of `table.json` is `Table`. Pointed brackets are words for a status (or the leaf that shows it), a code or a reason: `<told>` by
 * the message, `<own>` shown by the state, `<wanted>` afterwards, `<reason>` of the message, `<hr>` the usual code of that reason.
 */
import {
  MISTATUS,
  answerTable,
  effective,
  leafOf,
  leaves,
  phaseOf,
  reasons,
  resultName,
  statusName,
  waitingChanges,
  type Chart,
  type Effect,
  type Leaf,
  type Message,
  type Phase,
  type Reason,
  type State,
} from '../../machines/index.js';
import type { Cell, Exploration } from '../table/explore.js';
import { compare, drawingOf } from './chart.js';
import { formsOf, type Form, type Happening } from './forms.js';

export interface Table {
  /** In the chart's order; a leaf that no exploration reaches is missing. */
  readonly leaves: readonly LeafTable[];
  /** What each call returns, in each phase. */
  readonly answers: readonly AnswerRow[];
}

export interface LeafTable extends LeafRows {
  readonly leaf: Leaf;
  readonly description: string;
  readonly phase: Phase;
  /** The status shown. */
  readonly status: string;
}

export interface LeafRows {
  /** Sorted by message. */
  readonly handled: readonly { readonly message: Message['type']; readonly outcomes: readonly Outcome[] }[];
  readonly ignored: readonly QuietRow[];
  readonly impossible: readonly QuietRow[];
  readonly refused: readonly { readonly message: Message['type']; readonly hr: string; readonly onlyIf: readonly Condition[] }[];
}

export interface Outcome extends Form {
  /** What is so whenever this comes of it, and not always when something else does. */
  readonly onlyIf: readonly Condition[];
}

export interface Condition {
  readonly of: string;
  /** One of these. */
  readonly is: readonly string[];
}

/** Messages of which nothing comes, and why. */
export interface QuietRow {
  readonly because: string;
  readonly always: readonly Message['type'][];
  /** Handled in other situations of the same state. */
  readonly sometimes: readonly Message['type'][];
}

export interface AnswerRow {
  readonly call: keyof typeof answerTable;
  readonly answers: Readonly<Record<Phase, { readonly hr: string; readonly effect: Effect }>>;
}

/** The order of the columns of the table of answers. */
export const phases: readonly Phase[] = ['signedOut', 'attempt', 'synchronizing', 'online', 'waiting', 'disconnecting'];

/** The table of one exploration, or of several by different rules; they are asked for one after the other, since each is large. */
export function toTable(explorations: Exploration | Iterable<Exploration>): Table {
  const piles = new Map<Leaf, Map<Message['type'], Pile>>();
  const shown = new Map<Leaf, State>();
  for (const { cells } of 'cells' in explorations ? [explorations] : explorations) {
    for (const cell of cells) {
      const leaf = leafOf(cell.from);
      shown.set(leaf, cell.from);
      const messages = getOr(piles, leaf, () => new Map<Message['type'], Pile>());
      put(
        getOr(messages, cell.message.type, () => ({ reasons: new Set(), kinds: new Set(), cells: new Map() })),
        cell,
      );
    }
  }
  return {
    leaves: leaves.flatMap((leaf) => {
      const state = shown.get(leaf);
      if (!state) return [];
      // Every state knows its chart; a mutant's descriptions are its own.
      const drawn = drawingOf(state.machine as Chart).states.find(({ name }) => name === leaf);
      return [
        {
          leaf,
          description: drawn?.description ?? '',
          phase: phaseOf(leaf),
          status: statusName(state.context.shown),
          ...rowsOf(piles.get(leaf) ?? new Map()),
        },
      ];
    }),
    answers: answerRows(),
  };
}

/** All cells of one leaf and one type of message: those that differ for a reader, and of which nothing comes only why. */
interface Pile {
  readonly kinds: Set<Cell['kind']>;
  /** Kind and reason of what is ignored or impossible. */
  readonly reasons: Set<string>;
  readonly cells: Map<string, Cell>;
}

function put({ kinds, reasons, cells }: Pile, cell: Cell): void {
  kinds.add(cell.kind);
  if (cell.kind === 'ignored' || cell.kind === 'impossible') {
    reasons.add(`${cell.kind} ${cell.because ?? ''}`);
    return;
  }
  const { kind, hr, message, from, to, outputs } = cell;
  const key = [
    kind,
    hr,
    from.context.shown,
    leafOf(to),
    to.context.shown,
    effective(to.context),
    message,
    ...situationOf(cell),
    outputs,
  ];
  cells.set(JSON.stringify(key), cell);
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

function rowsOf(piles: ReadonlyMap<Message['type'], Pile>): LeafRows {
  const messages = [...piles]
    .sort(([a], [b]) => compare(a, b))
    .map(([message, pile]) => ({ message, ...pile, cells: [...pile.cells.values()] }));
  const handled = messages.flatMap(({ message, cells }) => {
    const happenings = cells.filter(({ kind }) => kind === 'handled');
    if (happenings.length === 0) return [];
    const outcomes = formsOf(happenings).map(([form, mine]): Outcome => ({ ...form, onlyIf: conditionsOf(mine, happenings) }));
    return [{ message, outcomes }];
  });
  const quiet = (kind: 'ignored' | 'impossible'): QuietRow[] => {
    const rows = new Map<string, { always: Message['type'][]; sometimes: Message['type'][] }>();
    for (const { message, kinds, reasons } of messages) {
      for (const reason of reasons) {
        if (!reason.startsWith(`${kind} `)) continue;
        const row = getOr(rows, reason.slice(kind.length + 1), () => ({ always: [], sometimes: [] }));
        row[kinds.size === 1 ? 'always' : 'sometimes'].push(message);
      }
    }
    return [...rows].map(([because, row]) => ({ because, ...row })).sort((a, b) => compare(a.because, b.because));
  };
  const refused = messages.flatMap(({ message, cells }) => {
    const codes = new Set(cells.flatMap(({ kind, hr = 0 }) => (kind === 'refused' ? [hr] : [])));
    const rows = [...codes].map((hr) => {
      const mine = cells.filter((cell) => cell.kind === 'refused' && cell.hr === hr);
      return { message, hr: resultName(hr), onlyIf: conditionsOf(mine, cells) };
    });
    return rows.sort((a, b) => compare(a.hr, b.hr));
  });
  return { handled, ignored: quiet('ignored'), impossible: quiet('impossible'), refused };
}

const yes = (value: boolean): string => (value ? 'yes' : 'no');

/** What a situation can be asked for, in the order of asking. */
const questions: readonly (readonly [of: string, ask: (message: Message, state: State) => string | undefined])[] = [
  ['its reason', (message) => ('reason' in message ? message.reason : undefined)],
  ['by', (message, { context }) => ('by' in message ? message.by : context.by)],
  [
    'told',
    (message) => (message.type === 'status.published' ? (message.status === MISTATUS.IDLE ? 'IDLE' : 'not IDLE') : undefined),
  ],
  ['resumed', (message) => ('resumed' in message ? yes(message.resumed) : undefined)],
  ['tries', (message, { context }) => (message.type === 'signin.request' ? message.tries : context.tries)],
  ['with status', (message) => (message.type === 'signin.request' ? yes(message.status !== undefined) : undefined)],
  ['network', (_, { context }) => yes(context.network)],
  ['awake', (_, { context }) => yes(context.awake)],
  ['user', (_, { context }) => context.user],
  ['renewed', (_, { context }) => yes(context.renewed)],
  ['wish changed', (_, { context }) => yes(context.changed)],
  ['changes waiting', (_, { context }) => yes(waitingChanges(context) > 0)],
  ['wanted is shown', (_, { context }) => yes(effective(context) === context.shown)],
];

type Situation = Pick<Happening, 'message' | 'from'>;
const situationOf = ({ message, from }: Situation): (string | undefined)[] => questions.map(([, ask]) => ask(message, from));

/** What all of `mine` have in common and some others lack; without what follows from the rest. */
function conditionsOf(mine: readonly Situation[], all: readonly Situation[]): Condition[] {
  const answers = new Map(all.map((one) => [one, situationOf(one)]));
  const valuesOf = (some: readonly Situation[], question: number): Set<string | undefined> =>
    new Set(some.map((one) => answers.get(one)?.[question]));
  const narrow = questions
    .map(([of], question) => ({ of, question, own: valuesOf(mine, question), possible: valuesOf(all, question) }))
    .filter(({ own, possible }) => own.size < possible.size);
  const matches = (conditions: typeof narrow): number =>
    all.filter((one) => conditions.every(({ own, question }) => own.has(answers.get(one)?.[question]))).length;
  let kept = narrow;
  const full = matches(narrow);
  for (const condition of [...narrow].reverse()) {
    const without = kept.filter((one) => one !== condition);
    if (matches(without) === full) kept = without;
  }
  return kept.map(({ of, own, possible }) => {
    const is = [...own].map(String).sort(compare);
    return { of, is: of === 'its reason' ? inClasses(is, new Set([...possible].map(String))) : is };
  });
}

/** Reasons by their flag, as far as that says the same: those of a sample stand for all that have it. */
function inClasses(own: readonly string[], possible: ReadonlySet<string>): readonly string[] {
  for (const final of [true, false]) {
    const group = [...possible].filter((reason) => reasons[reason as Reason].final === final);
    const missing = group.filter((reason) => !own.includes(reason)).sort(compare);
    if (own.length <= missing.length || own.some((reason) => !group.includes(reason))) continue;
    return [(final ? 'final' : 'not final') + (missing.length > 0 ? ` but ${missing.join(', ')}` : '')];
  }
  return own;
}

function answerRows(): AnswerRow[] {
  return (Object.keys(answerTable) as AnswerRow['call'][]).map((call) => ({
    call,
    answers: Object.fromEntries(
      phases.map((phase) => {
        const [hr, effect] = answerTable[call][phase];
        return [phase, { hr: resultName(hr), effect }];
      }),
    ) as AnswerRow['answers'],
  }));
}
