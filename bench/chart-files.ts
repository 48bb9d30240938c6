/** Where the pictures of the bench are, beside the curves; from the root of the project. */
export const chartFiles = ['bench/drawn/peers.svg', 'bench/drawn/scale.svg', 'bench/drawn/bytes.svg'] as const;
export type ChartFile = (typeof chartFiles)[number];
