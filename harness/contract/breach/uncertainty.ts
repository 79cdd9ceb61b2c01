/** Why a verdict cannot be a pass, and for which file. */
export interface Uncertainty {
  path: string | null;
  reason: string;
}
