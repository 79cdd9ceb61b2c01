/** A campaign: many runs of something, too long for `npm test`, that end in a sentence or a failure. */

export interface CampaignContext {
  /** Everything random follows from it; printed, so that a failure can be seen again. */
  seed: number;
  /** How many inputs, killed runs or audit samples; without it as many as the campaign is meant for. */
  count: number | null;
  /** Where campaigns that can go on keep what is done, and find what was; null: they begin anew. */
  resume: string | null;
  /** Of the programs or scenarios that the campaign tries, only those with this in their name; null: all. */
  only: string | null;
  signal: AbortSignal;
  /** A line of progress. */
  say(text: string): void;
}

export interface Campaign {
  name: string;
  about: string;
  /** Resolves with the closing line; throws CampaignFailure when what was tried does not hold. */
  run(context: CampaignContext): Promise<string>;
}

/** What was tried does not hold. */
export class CampaignFailure extends Error {}
