/**
 * What is added to a client by `use`: a function that gets what it needs of the client, once, before the first attempt to
 * connect.
 *
 * @typeParam Core - what it needs
 * @typeParam Adds - names of the methods that work with it
 */
export interface Plugin<in Core, out Adds extends string = never> {
  (core: Core): void;
  /** For the types alone: there is no such property. */
  readonly adds?: Adds | undefined;
}
