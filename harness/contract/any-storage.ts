/** Findings that rest on system calls alone hold on any storage. */
export const anyStorage = 'any';
