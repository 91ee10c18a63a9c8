module.exports = [
  {
    // The goal is 8.0 kB; what stands here may only go down. See docs/decisions/0006-size.md.
    name: 'browser: createClient and connect, eventemitter3 included',
    path: 'dist/index.js',
    import: '{ createClient, connect }',
    gzip: true,
    limit: '26.9 kB',
  },
  {
    name: 'browser: createSlimClient and connect',
    path: 'dist/index.js',
    import: '{ createSlimClient, connect }',
    gzip: true,
    limit: '22.9 kB',
  },
  {
    name: 'browser: connect alone',
    path: 'dist/index.js',
    import: '{ connect }',
    gzip: true,
    limit: '7.6 kB',
  },
  {
    name: 'the hooks, on top',
    path: 'dist/react.js',
    ignore: ['react'],
    gzip: true,
    limit: '1.3 kB',
    // An ES module keeps its `import` of React; any other format would count the shim that stands in for it.
    modifyEsbuildConfig: (config) => ({ ...config, format: 'esm' }),
  },
];
