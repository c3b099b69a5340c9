// settings.mjs - what a test may set, at the start by flags or while it runs by the control endpoint.

export const settings = {
  tokenId: 'ak-standin',
  tokenSecret: 'as-standin',
  checkHeaders: true, // identity, version, tokens on every call; false: whoever comes
  chunkBytes: 256 * 1024, // at most so much of an output in one message; 1: byte by byte
  authSeconds: 1200, // life of an auth token
  jwtSeconds: 3600, // life of a router's token
  startMs: 0, // from create to running
  buildLineMs: 0, // a line of an image build takes so long
  buildLogs: 3, // lines of log for a line that is only played
  joinSeconds: 55, // an image's log stream is ended after so long, when the client asks for no less
  snapshotMs: 0, // a snapshot takes so long
  mainKept: 0, // at most so many of the last bytes of the main process can still be read; 0: all
  fileHelper: true, // false: there is no file helper in sandboxes
  routerAccess: true, // false: a V2 create answers without access to the router
  capacity: true, // false: sandboxes are never scheduled
  warnings: [], // texts of ClientHello
  trailerWarnings: [], // texts of the trailer x-modal-warning, on every call
  tokenFlowSeconds: 0, // the person "logs in" so long after TokenFlowCreate
  builderVersion: '2025.06',
};
