/**
 * A handful of mutants of each kind, so that the mutation score can be believed: damaged charts and drivers are found by the generated suites, sound
 * ones are not, and the list of mutants is what the sources give. All of them are run by `npm run mutants`.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { presenceMachine } from '../../machines/index.js';
import { load } from './build.js';
import { judgeChart } from './chart-suite.js';
import { judgeService, write, type Written } from './driver-suite.js';
import { equivalent, missed } from './equivalent.js';
import { allMutants, judge } from './mutants.js';
import { applied, codeOf, textMutants } from './text-mutants.js';

const mutants = allMutants();

describe('The mutants', () => {
  it('are many, of every file, and each is another text', () => {
    expect(mutants.size).toBeGreaterThan(1_500);
    for (const mutant of mutants.values()) {
      if (mutant.kind === 'config') continue;
      const text = readFileSync(mutant.file, 'utf8');
      if (applied(text, mutant) === text) throw new Error(`${mutant.id} changes nothing`);
    }
  });

  it('drop every transition of the chart once', () => {
    const written: unknown[] = [];
    const visit = (state: { readonly on?: object; readonly states?: object }) => {
      for (const transitions of Object.values(state.on ?? {})) written.push(...[transitions as unknown].flat());
      for (const inner of Object.values(state.states ?? {})) visit(inner as object);
    };
    visit(presenceMachine.config as object);
    expect(written.length).toBeGreaterThan(80);
    expect([...mutants.values()].filter(({ what }) => what === 'is dropped')).toHaveLength(written.length);
  });

  it('are made of code only: not of comments, texts and imports', () => {
    const lines = ["import { a } from 'a';", '// if (a === b) run();', "const text = 'x === y';", 'if (a === b) run();', ''];
    const text = lines.join('\n');
    expect(codeOf(text)).toHaveLength(text.length);
    expect(
      textMutants('file.ts', text)
        .map(({ line, what }) => `${line}: ${what}`)
        .sort(),
    ).toEqual(['4: !== for ===', '4: not (a === b)']);
  });

  it('that are listed as survivors are mutants, and each has a reason', () => {
    const listed = [...Object.entries(equivalent), ...Object.entries(missed)];
    expect(listed.filter(([id, reason]) => !mutants.has(id) || reason.length < 20)).toEqual([]);
  });
});

describe('A generated suite', () => {
  let folder = '';
  let written: Written;

  beforeAll(async () => {
    folder = await mkdtemp(resolve('.tmp-mutants-'));
    const real = await load('library', folder);
    if (typeof real === 'string') throw new Error('the sources cannot be built');
    written = await write(real, { lives: 12, paths: 0 });
  }, 30_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    'presence.ts: attempt.connecting logon.expired #1: is dropped',
    'presence.ts: session.signedIn link.lost #2: leads to offline.held',
    'presence.ts: attempt exit: without answerSignin',
    'presence.ts: attempt.connecting link.refused #1: without the guard mayRenew',
    "machines/moves.ts: close: doing(() => ({ say: [start('signout'), { type: 'li...: without the element start('signout'),",
    "machines/moves.ts: reportSignout: doing(() => ({ say: [{ type: 'OnSignout', ...: without the element { type: 'OnSignout', reason: 'userRequest' }",
    'src/attempt.ts: this.#number += 1;: -= for +=',
    'src/verbs.ts: controller?.abort();: without controller?.abort();',
    'src/notices.ts: this.status = notice.mMyStatus;: without this.status = notice.mMyStatus;',
    'src/wants.ts: if (wish) this.want(wish);: without this.want(wish);',
  ])(
    'kills %s',
    async (id) => {
      const mutant = mutants.get(id);
      if (!mutant) throw new Error(`no mutant ${id}`);
      expect(await judge(mutant, folder, () => written)).toMatchObject({ outcome: 'killed' });
    },
    30_000,
  );

  it('passes a chart that is built anew from the same sources, and proves it to be the same', async () => {
    const built = await load('model', folder);
    if (typeof built === 'string') throw new Error(built);
    const { presenceMachine: chart, stepperOf } = built;
    expect(judgeChart(() => ({ chart, stepper: stepperOf(chart) }))).toMatchObject({ outcome: 'equivalent' });
  }, 60_000);

  it('passes a service that is built anew from the same sources', async () => {
    const again = await load('library', folder);
    if (typeof again === 'string') throw new Error(again);
    expect(await judgeService(again, written)).toEqual({ outcome: 'survived', by: '' });
  }, 60_000);
});
