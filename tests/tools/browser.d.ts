// What browsers have and TypeScript's own library doesn't declare.

interface Document {
  /** Chromium: the page is loaded ahead, and nobody has opened it. */
  prerendering?: boolean;
}

interface Navigator {
  /** iOS: the page runs as an app from the home screen. */
  standalone?: boolean;
}

interface BeforeInstallPromptEvent extends Event {
  prompt(): void;
}

interface WindowEventMap {
  beforeinstallprompt: BeforeInstallPromptEvent;
}

interface Window {
  trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
  };
}
