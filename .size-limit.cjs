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
// What why() tells of other wires, and the rule for requests that were refused, took 50 bytes; texts of polling 0.35 kB.
// What an envelope can say of a line (answers, goodbyes, progress, meta) and the places where a contract looks: 0.9 kB.
// React Native’s headers and clean ends, the platform’s own text, errors of other copies took 200 bytes in all.
// Ends and gaps that wait for what a contract still checks: 150 bytes. A reviver and a depth of json, and marking a token that is
// renewed in band as secret: 150 bytes.
// Bytes and reconnects in stats(), and the place where a trace hears of requests: 0.2 kB.
// Checks of a contract's shape, and what errors of options say is meant: 0.4 kB, without production alone.
// What only Node needs is around the transport, and what only logins need comes with login(): 0.6 kB less, 0.7 for connect.
const BUILDS = [
  ['createClient and connect, eventemitter3 included', '{ createClient, connect }', '29.6 kB', '39.7 kB'],
  ['createClient alone', '{ createClient }', '28.2 kB', '38.1 kB'],
  ['createSlimClient alone', '{ createSlimClient }', '19.7 kB', '29.4 kB'],
  ['connect alone', '{ connect }', '5.3 kB', '14.3 kB'],
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
    ['polling: the transport and one preset', '{ pollingTransport, sockjs }', '7.2 kB'],
    ['polling: everything', '*', '9.9 kB'],
  ].map(([name, names, limit]) => ({
    // The classes of the errors are in the client; some of the rest is too, so a page grows by less.
    name,
    path: 'dist/polling.js',
    import: names,
    ignore: ['#errors'],
    gzip: true,
    limit,
    ...conditions('production'),
  })),
  {
    // What a trace is made of, and the spans: a page with a trace grows by less.
    name: 'otel: spans and metrics',
    path: 'dist/otel.js',
    import: '{ otel }',
    ignore: ['#errors'],
    gzip: true,
    limit: '6.3 kB',
    ...conditions('production'),
  },
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
