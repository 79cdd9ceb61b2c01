/**
 * `plugpull` as TypeScript sees it from CommonJS: `module: node16` refuses an ES module there, though every Node that
 * plugpull runs on requires one. What is required is the module that is imported. The build puts these files beside it.
 */
type Imported = typeof import('../index.js', { with: { 'resolution-mode': 'import' } });

export type * from '../index.js' with { 'resolution-mode': 'import' };
export declare const check: Imported['check'];
export declare const crashTest: Imported['crashTest'];
export declare const crashTestResult: Imported['crashTestResult'];
export declare const merge: Imported['merge'];
export declare const mutants: Imported['mutants'];
export declare const record: Imported['record'];
export declare const report: Imported['report'];
export declare const CrashTestError: Imported['CrashTestError'];
export type CrashTestError = InstanceType<Imported['CrashTestError']>;
export declare const CrashTestUnknownError: Imported['CrashTestUnknownError'];
export type CrashTestUnknownError = InstanceType<Imported['CrashTestUnknownError']>;
export declare const PlugpullError: Imported['PlugpullError'];
export type PlugpullError = InstanceType<Imported['PlugpullError']>;
export declare const UnavailableError: Imported['UnavailableError'];
export type UnavailableError = InstanceType<Imported['UnavailableError']>;
export declare const UsageError: Imported['UsageError'];
export type UsageError = InstanceType<Imported['UsageError']>;
