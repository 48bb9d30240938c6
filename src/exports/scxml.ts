/**
 * An automaton as SCXML 1.0 without a data model: events in by name, commands and notices out by name, sent to whoever invoked it. The states
 * stand inside the chart's own hierarchy. It is made from the explored graph, since guards and actions are functions; it must never guess one.
 */
import type { Automaton, AutomatonState, AutomatonStep } from '../table/minimize.js';
import { messageName, outputName, rulesText } from './names.js';

/**
 * The automaton as an SCXML document. A message that a state refuses, ignores or cannot get has no transition there, so it is dropped.
 * @returns well-formed XML; states are called `online.17`, inside `session`, `signedIn`, `online`
 * @see https://www.w3.org/TR/scxml/
 */
export function toScxml(automaton: Automaton): string {
  const { states, rules } = automaton;
  const ids = states.map(({ leaf }, number) => `${leaf}.${number}`);
  const write = (parent: readonly string[], inside: readonly number[], indent: string): string[] => {
    const depth = parent.length;
    const here = inside.filter((number) => pathOf(states, number).length === depth);
    const children = new Set(inside.flatMap((number) => pathOf(states, number)[depth] ?? []));
    return [
      ...here.flatMap((number) => stateLines(states[number] as AutomatonState, number, ids, indent)),
      ...[...children].flatMap((child) => [
        `${indent}<state id="${child}">`,
        ...write(
          [...parent, child],
          inside.filter((number) => pathOf(states, number)[depth] === child),
          `${indent} `,
        ),
        `${indent}</state>`,
      ]),
    ];
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<!-- ${states.length} states. ${rulesText(rules)}. Events and what is sent are named with all that they carry. -->`,
    `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="presence" datamodel="null" initial="${ids[0]}">`,
    ...write([], [...states.keys()], ' '),
    '</scxml>',
    '',
  ].join('\n');
}

const pathOf = (states: readonly AutomatonState[], number: number): readonly string[] => states[number]?.path ?? [];

function stateLines({ steps }: AutomatonState, own: number, ids: readonly string[], indent: string): string[] {
  const alike = new Map<string, { readonly step: AutomatonStep; readonly events: string[] }>();
  for (const step of steps) {
    const key = `${step.to} ${step.outputs.map(outputName).join(' ')}`;
    const same = alike.get(key) ?? { step, events: [] };
    same.events.push(messageName(step.message));
    alike.set(key, same);
  }
  const transitions = [...alike.values()].map(({ step: { to, outputs }, events }) => {
    const open = `${indent} <transition event="${events.join(' ')}"${to === own ? '' : ` target="${ids[to]}"`}`;
    const sent = outputs.map((output) => `<send target="#_parent" event="${outputName(output)}"/>`);
    return sent.length > 0 ? `${open}>${sent.join('')}</transition>` : `${open}/>`;
  });
  return [`${indent}<state id="${ids[own]}">`, ...transitions, `${indent}</state>`];
}
