/**
 * What a layout is: boxes, what is written in them, arrows and their labels, in px. Types alone, so that whoever reads a layout does not
 * depend on the engine that makes one.
 */
import type { Line, Written } from './boxes.js';
import type { DrawnEdge, DrawnState } from './chart.js';

export type Point = readonly [x: number, y: number];

export interface LaidState extends DrawnState {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** What is written, from the corner of the box. */
  readonly lines: readonly Line[];
}

export interface LaidEdge extends DrawnEdge {
  /** The corners of the route, from source to target; all parts are horizontal or vertical. */
  readonly points: readonly Point[];
  /** What is written on it; lines from the corner of the label. */
  readonly label: Written & { readonly x: number; readonly y: number };
}

/** A black dot, and the arrow from it to where a state begins. */
export interface LaidStart {
  readonly target: string;
  readonly x: number;
  readonly y: number;
  readonly points: readonly Point[];
}

export interface Layout {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Parents before children. */
  readonly states: readonly LaidState[];
  readonly edges: readonly LaidEdge[];
  readonly starts: readonly LaidStart[];
}
