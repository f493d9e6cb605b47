import { Verdict } from "../judge/compare";
import { Reader } from "./reader";
import { Writer } from "./writer";

/**
 * Which writes must be there after a drill: all that the master acknowledged or, where the data of a Redis master is
 * lost, those of which WAIT said that a slave has them.
 */
export type Promised = "acknowledged" | "confirmed";

/** A database under load: who writes, who reads, and who says what became of it. */
export interface Load {
  readonly name: string;
  /** Acknowledged writes a second that a drill must start from. */
  readonly leastPerSecond: number;
  readonly writer: Writer;
  readonly reader: Reader;
  /** Prepares what writer and reader need; the servers are whole. */
  prepare(): Promise<void>;
  /** Throws unless all pods are ready and each slave has what the master had a moment ago. */
  whole(): Promise<void>;
  /** Writer and reader have stopped, and the servers are whole. What is lost is reported once, and then no longer expected. */
  judge(promised: Promised): Promise<Verdict>;
}
