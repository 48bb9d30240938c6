/** The little of pngjs that the tests use; it comes without types. */
declare module 'pngjs' {
  export class PNG {
    constructor(options: { readonly width: number; readonly height: number });
    readonly width: number;
    readonly height: number;
    /** Four bytes a pixel: red, green, blue, alpha. */
    readonly data: Buffer;
    static readonly sync: {
      read(bytes: Buffer): PNG;
      /** `colorType` 2: without alpha. */
      write(image: PNG, options?: { readonly colorType?: 2 | 6 }): Buffer;
    };
  }
}
