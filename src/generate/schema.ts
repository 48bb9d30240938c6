/** The JSON Schema (2020-12) of the vectors: what a reader in any language may count on. Data; nothing is worked out here but lists of names. */
import { leaves, reasonRows, results, statusRows } from '../../machines/index.js';

const status = { $ref: '#/$defs/status' };
const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const object = (properties: Readonly<Record<string, unknown>>, optional: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

/** @param events the types of event in the vectors, by their kind @param commands the types of command */
export function vectorSchema(events: readonly string[], commands: readonly string[], limits: readonly string[]): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Test vectors of presence-machine',
    description:
      'Each vector is a client made anew, and steps in order. Events of kind call are made on the client; answer and surroundings are told to it; at ' +
      'time nothing is told: the clock comes to the time of the step, and a timer of the client ends. Between steps nothing is published or asked for.',
    ...object({
      $schema: text,
      format: { const: 'presence-machine vectors' },
      version: { const: 1 },
      rules: {
        description: 'What the client has to be set to.',
        ...object({
          statuses: { description: 'What can be chosen.', type: 'array', items: status, minItems: 1 },
          queue: { description: 'How many changes of status may wait behind the one at the server.', ...count },
          idle: { description: 'Whether idleness is shown.', type: 'boolean' },
          remember: { description: 'Whether a status chosen while signed out is kept.', type: 'boolean' },
        }),
      },
      limits: {
        description:
          'How long each timer of the client runs, ms. A wait before a retry is always this long; the back-off is not tested.',
        ...object(Object.fromEntries(limits.map((name) => [name, count]))),
      },
      statuses: { description: 'The number of each status.', type: 'object', additionalProperties: count },
      results: {
        description: 'The signed 32-bit number of each result.',
        type: 'object',
        additionalProperties: { type: 'integer' },
      },
      coverage: object({
        edges: count,
        pairs: count,
        paths: count,
        steps: count,
        lowerBound: count,
        ratio: { type: 'number', minimum: 0 },
        outOfReach: count,
      }),
      vectors: { type: 'array', items: { $ref: '#/$defs/vector' } },
    }),
    $defs: {
      status: { enum: statusRows.map(([name]) => name) },
      result: { enum: Object.keys(results) },
      reason: { enum: reasonRows.map(([name]) => name) },
      state: { enum: [...leaves] },
      vector: object({
        name: text,
        start: object({ time: count, state: { $ref: '#/$defs/state' }, status }),
        steps: { type: 'array', items: { $ref: '#/$defs/step' }, minItems: 1 },
      }),
      step: object(
        {
          time: { description: 'When it happens, ms since the start of the vector.', ...count },
          event: { $ref: '#/$defs/event' },
          answer: { description: 'What the call returns, at once; only for calls.', $ref: '#/$defs/result' },
          state: { description: 'Where the client is afterwards.', $ref: '#/$defs/state' },
          status: { description: 'What it shows afterwards.', ...status },
          commands: {
            description: 'What it asks of the transport, in order.',
            type: 'array',
            items: { $ref: '#/$defs/command' },
          },
          notices: { description: 'What it tells the app, in order.', type: 'array', items: { $ref: '#/$defs/notice' } },
        },
        ['answer'],
      ),
      event: object(
        {
          kind: { enum: ['call', 'answer', 'surroundings', 'time'] },
          type: { enum: [...events] },
          tries: { description: 'Whether an attempt that fails is followed by another.', enum: ['once', 'retry'] },
          status,
          reason: { $ref: '#/$defs/reason' },
          resumed: { type: 'boolean' },
          by: {
            description: 'Whose change of status is answered: that of the sign-in, or one of the user.',
            enum: ['signin', 'user'],
          },
        },
        ['tries', 'status', 'reason', 'resumed', 'by'],
      ),
      command: object(
        {
          type: { enum: [...commands] },
          renew: { description: 'Whether another token has to be asked for first.', type: 'boolean' },
          by: { enum: ['signin', 'user'] },
          status,
        },
        ['renew', 'by', 'status'],
      ),
      notice: object(
        {
          type: { enum: ['OnSignin', 'OnMyStatusChange', 'OnSignout'] },
          hr: { $ref: '#/$defs/result' },
          status,
          reason: { $ref: '#/$defs/reason' },
        },
        ['hr', 'status'],
      ),
    },
  };
}
