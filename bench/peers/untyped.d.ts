/** What the bench needs of javascript-state-machine, which has no types of its own. */
declare module 'javascript-state-machine' {
  interface Lifecycle {
    readonly transition: string;
    readonly from: string;
    readonly to: string;
  }
  interface Options<Data extends object, Args extends readonly unknown[]> {
    readonly init: string;
    readonly data: (...args: Args) => Data;
    readonly transitions: readonly {
      readonly name: string;
      readonly from: string | readonly string[];
      readonly to: string | ((this: Data, ...args: never[]) => string | undefined);
    }[];
    readonly methods: Readonly<Record<string, (this: Data, lifecycle: Lifecycle, ...args: never[]) => unknown>>;
  }
  const StateMachine: {
    factory<Data extends object, Args extends readonly unknown[]>(options: Options<Data, Args>): new (...args: Args) => Data;
  };
  export default StateMachine;
}
