module.exports = [
  {
    // The goal is 8.0 kB; what stands here may only go down. See docs/decisions/0006-size.md.
    name: 'browser: createClient and connect, eventemitter3 included',
    path: 'dist/index.js',
    import: '{ createClient, connect }',
    gzip: true,
    limit: '27.3 kB',
  },
  {
    name: 'browser: createSlimClient and connect',
    path: 'dist/index.js',
    import: '{ createSlimClient, connect }',
    gzip: true,
    limit: '20.9 kB',
  },
  {
    // Reconnect, heartbeat, outbox and plain messages; the goal is 4.0 kB.
    name: 'browser: createSlimClient alone',
    path: 'dist/index.js',
    import: '{ createSlimClient }',
    gzip: true,
    limit: '19.6 kB',
  },
  {
    name: 'browser: connect alone',
    path: 'dist/index.js',
    import: '{ connect }',
    gzip: true,
    limit: '6.1 kB',
  },
  {
    // 0.95 kB on top of the first: here the four imports of React count too, which a page has in another form.
    name: 'the hooks',
    path: 'dist/react.js',
    // The classes of the errors: whoever uses hooks has them in the client.
    ignore: ['react', './chunk-errors.js'],
    gzip: true,
    limit: '1.2 kB',
    // An ES module keeps its `import` of React; any other format would count the shim that stands in for it.
    modifyEsbuildConfig: (config) => ({ ...config, format: 'esm' }),
  },
];
