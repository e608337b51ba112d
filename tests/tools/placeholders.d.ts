// The `__NAME__` words of web/scripts and web/worker, which the build replaces by JSON (server/site/scripts.py).
// tsc takes their types from here, eslint their names.
declare const __SKIPPED_WORDS__: string;
declare const __WORD_ENDINGS__: string;
declare const __BANK_HOLIDAYS__: number[];
declare const __BUILT__: string;
declare const __CORRECTION_KEYS__: string[];
declare const __DESTINATION__: string;
declare const __EMERGENCY__: (string | { id: string; href: string; shown: string; name?: string })[];
declare const __FINDER__: string;
declare const __FINDER_PERMISSIONS__: string;
declare const __HEADERS__: Record<string, string>;
declare const __MARK_SECONDS__: number;
declare const __NEUTRAL_POLICY__: string;
declare const __NEUTRAL_TITLE__: string;
declare const __NEWEST_FACT__: string;
declare const __PACKS__: { url: string; sha256: string }[];
declare const __QR_JSON__: string;
declare const __RELEASE__: string;
declare const __ROOM__: number;
declare const __SAVES__: boolean;
declare const __WHERE_JSON__: string;
