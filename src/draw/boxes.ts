/**
 * What is written in a state's box and on an arrow, line by line, and how much room that needs. It must never know where on the picture
 * the box is.
 */
import { compare, triggerText, type DrawnEdge, type DrawnState, type Trigger } from './chart.js';
import { widthOf, wrap, type Face } from './text.js';

export type Role = 'name' | 'code' | 'says' | 'mark' | 'list' | 'trigger' | 'guard';

/** A line of text; `x`, `y` are where its baseline begins, from the corner of what it is written in. */
export interface Line {
  readonly x: number;
  readonly y: number;
  readonly role: Role;
  readonly text: string;
}

/** Something written, with the room that it needs. */
export interface Written {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
}

/** Size in px and face of each kind of text; the style sheet is made from the same numbers. */
export const fonts = {
  name: { size: 15, face: 'bold' },
  code: { size: 11, face: 'mono' },
  says: { size: 12.5, face: 'sans' },
  mark: { size: 11, face: 'sans' },
  list: { size: 11, face: 'mono' },
  trigger: { size: 11.5, face: 'mono' },
  guard: { size: 11.5, face: 'sans' },
} as const satisfies Record<Role, { readonly size: number; readonly face: Face }>;

/** Widths available to a text, in px. */
const rooms = { leaf: 240, busyLeaf: 340, side: 150, cell: 126 } as const;
/** A leaf with more in its list than this is given the wider room. */
const fewTriggers = 4;
const pad = 12;

/** The box of a leaf that has arrows of its own. */
export function leafBox(state: DrawnState): Written {
  return written(state, state.stays.length > fewTriggers ? rooms.busyLeaf : rooms.leaf);
}

/** What a compound state says beside its children, so that arrows to them do not cross it. */
export function sideOf(state: DrawnState): Written {
  return written(state, rooms.side);
}

/** What a compound state says above its children, where no arrow enters. */
export function headOf(state: DrawnState, width: number): Written {
  return written(state, width - 2 * pad);
}

/** The boxes of leaves that have no arrows of their own: all of the same size. */
export function cellBoxes(states: readonly DrawnState[]): Written[] {
  const boxes = states.map((state) => written(state, rooms.cell));
  const width = Math.max(...boxes.map((box) => box.width));
  const height = Math.max(...boxes.map((box) => box.height));
  return boxes.map((box) => ({ ...box, width, height }));
}

/** What is written on an arrow: the messages of each guard, and the guard below them. */
export function labelOf({ triggers }: DrawnEdge): Written {
  const lines: Line[] = [];
  let y = -1;
  for (const guard of [...new Set(triggers.map((trigger) => trigger.guard ?? ''))].sort(compare)) {
    for (const { type } of triggers.filter((trigger) => (trigger.guard ?? '') === guard)) {
      lines.push({ x: 5, y: (y += 14), role: 'trigger', text: type });
    }
    if (guard !== '') lines.push({ x: 5, y: (y += 14), role: 'guard', text: `[${guard}]` });
  }
  return { width: widest(lines) + 5, height: y + 5, lines };
}

function written(state: DrawnState, room: number): Written {
  const code = state.status === undefined ? '' : `0x${state.status.toString(16)}`;
  const name: Line = { x: pad, y: 22, role: 'name', text: state.name };
  const lines: Line[] = [name];
  const end = pad + Math.ceil(widthOf(name.text, fonts.name.size, fonts.name.face));
  if (code !== '') lines.push({ x: end + 6, y: 22, role: 'code', text: code });
  let y = 23;
  for (const text of wrap(state.description.split(' '), ' ', room, fonts.says.size, fonts.says.face)) {
    lines.push({ x: pad, y: (y += 16), role: 'says', text });
  }
  const list = (mark: string, triggers: readonly Trigger[]): void => {
    if (triggers.length === 0) return;
    y += 5;
    lines.push({ x: pad, y: y + 14, role: 'mark', text: mark });
    // The first line leaves room for its mark.
    const indent = Math.ceil(widthOf(`${mark} `, fonts.mark.size, fonts.mark.face)) + 2;
    const [first = '', ...rest] = wrapAfter(triggers.map(triggerText), indent, room);
    lines.push({ x: pad + indent, y: (y += 14), role: 'list', text: first });
    for (const text of rest) lines.push({ x: pad, y: (y += 14), role: 'list', text });
  };
  list('stays', state.stays);
  list('again', state.again);
  list('inside', state.within);
  return { width: widest(lines) + pad, height: y + 11, lines };
}

/** Like `wrap`, with a first line that begins at `indent`. */
function wrapAfter(pieces: readonly string[], indent: number, room: number): string[] {
  const { size, face } = fonts.list;
  const [first = ''] = wrap(pieces, ', ', room - indent, size, face);
  const taken = first.replace(/,$/, '').split(', ').length;
  return [first, ...wrap(pieces.slice(taken), ', ', room, size, face)];
}

function widest(lines: readonly Line[]): number {
  return Math.ceil(Math.max(0, ...lines.map(({ x, role, text }) => x + widthOf(text, fonts[role].size, fonts[role].face))));
}
