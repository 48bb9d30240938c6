/** A test runner for suites that are themselves under test: it gathers what is declared and runs it one after the other. */

export interface Outcome {
  readonly name: string;
  /** What it failed with. */
  readonly error?: Error;
}

export interface Gathering {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  /**
   * Runs everything that was declared.
   * @param until ends the run after an outcome for which this is true
   * @param only which of them, by name; all unless given
   */
  run(until?: (outcome: Outcome) => boolean, only?: (name: string) => boolean): Promise<Outcome[]>;
}

export function gather(): Gathering {
  const declared: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  return {
    describe: (_, body) => body(),
    it: (name, body) => void declared.push({ name, body }),
    async run(until, only = () => true) {
      const outcomes: Outcome[] = [];
      for (const { name, body } of declared.filter((one) => only(one.name))) {
        const outcome = await body().then(
          () => ({ name }),
          (error: Error) => ({ name, error }),
        );
        outcomes.push(outcome);
        if (until?.(outcome)) break;
      }
      return outcomes;
    },
  };
}
