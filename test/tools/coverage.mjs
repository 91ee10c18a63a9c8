// The coverage of @vitest/coverage-v8, kept small on its way: of each file of tests only what it says of src/, and all files
// merged in one go. As it comes, every result carries the tests and their tools, and each merge copies all those before: a
// minute of the processor for 350 files, and the same figures.
import v8 from '@vitest/coverage-v8';

/** Our own modules, as V8 names them. */
const isOurs = (/** @type {{ url: string }} */ { url }) => url.includes('/src/') && !url.includes('/test/');

/** @type {import('vitest/node').CoverageProviderModule} */
const coverage = {
  ...v8,
  async takeCoverage(options) {
    const taken = /** @type {{ result: { url: string }[] }} */ (await v8.takeCoverage?.(options));
    return { result: taken.result.filter(isOurs) };
  },
  async getProvider() {
    const provider = /** @type {any} */ (await v8.getProvider());
    const read = provider.readCoverageFiles.bind(provider);
    provider.readCoverageFiles = (/** @type {any} */ { onFileRead, onFinished, onDebug }) => {
      /** @type {object[]} */
      let all = [];
      return read({
        onDebug,
        onFileRead: (/** @type {{ result: object[] }} */ { result }) => void all.push(...result),
        // What two files say of one module is merged as what two processes say.
        onFinished: (/** @type {unknown[]} */ ...project) => {
          onFileRead({ result: all });
          all = [];
          return onFinished(...project);
        },
      });
    };
    return provider;
  },
};
export default coverage;
