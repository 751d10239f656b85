// Types of install.mjs for its tests; the script itself must run before TypeScript is there.

export function projectNode(root: string): string;
export function ensureInstalled(root: string): Promise<void>;
export function missingReason(root: string): string | undefined;
export function nodeProblem(root: string): string | undefined;
