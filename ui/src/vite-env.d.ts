/// <reference types="svelte" />
/// <reference types="vite/client" />

/** Build-time settings; see `link/embedded-url.ts`. */
interface ImportMetaEnv {
  /** Address of the stream, or of the machine's server, for a page that is hosted elsewhere. */
  readonly VITE_WS_URL?: string;
  /** `false`: the page never opens a WebSocket, and polls. */
  readonly VITE_ENABLE_WS?: string;
}
