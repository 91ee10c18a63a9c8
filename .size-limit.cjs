/** What a bundler for browsers takes: Vite and webpack set `production` by themselves when they build for it. */
const conditions = (...names) => ({
  modifyEsbuildConfig: (config) => ({
    ...config,
    platform: 'browser',
    conditions: [...names, 'browser'],
    logLevel: 'error',
  }),
});

/** What may only go down. The goals are in docs/decisions/0006-size.md; those of the second column hold without texts. */
// React Native’s headers and clean ends, the platform’s own text, errors of other copies took 200 bytes in all.
const BUILDS = [
  ['createClient and connect, eventemitter3 included', '{ createClient, connect }', '28.7 kB', '37.4 kB'],
  ['createClient alone', '{ createClient }', '27.1 kB', '35.6 kB'],
  ['createSlimClient alone', '{ createSlimClient }', '19.3 kB', '27.8 kB'],
  ['connect alone', '{ connect }', '6 kB', '13.7 kB'],
];

module.exports = [
  ...BUILDS.flatMap(([name, names, production, development]) => [
    {
      name: `browser: ${name}`,
      path: 'dist/index.js',
      import: names,
      gzip: true,
      limit: production,
      ...conditions('production'),
    },
    {
      // With the texts of errors and the checks of options.
      name: `browser, without production: ${name}`,
      path: 'dist/index.js',
      import: names,
      gzip: true,
      limit: development,
      ...conditions(),
    },
  ]),
  ...[
    ['the hooks', '1.4 kB', ['production']],
    ['the hooks, without production', '1.6 kB', []],
  ].map(([name, limit, names]) => ({
    // Here the four imports of React count too, which a page has in another form.
    name,
    path: 'dist/react.js',
    // The classes of the errors, and the refusals: whoever uses hooks has them in the client.
    ignore: ['react', '#errors', ...(names.length === 0 ? ['#checks'] : [])],
    gzip: true,
    limit,
    // An ES module keeps its `import` of React; any other format would count the shim that stands in for it.
    modifyEsbuildConfig: (config) => ({
      ...conditions(...names).modifyEsbuildConfig(config),
      format: 'esm',
    }),
  })),
];
