/** In place of check-request.ts under the export condition `production`: the platform's WebSocket refuses by itself. */
export function checkRequest(_request: unknown): void {}

export function checkClose(_code: unknown, _reason: unknown): void {}
