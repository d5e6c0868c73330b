/** The shop's range. Prices in cents. */

export interface Product {
  id: string;
  name: string;
  priceCents: number;
}

export const products: readonly Product[] = [
  { id: 'p01', name: 'Tea bowl, black glaze', priceCents: 4_899 },
  { id: 'p02', name: 'Tea bowl, white glaze', priceCents: 4_549 },
  { id: 'p03', name: 'Sake cup', priceCents: 1_299 },
  { id: 'p04', name: 'Sake bottle', priceCents: 3_149 },
  { id: 'p05', name: 'Rice bowl, blue', priceCents: 1_849 },
  { id: 'p06', name: 'Rice bowl, celadon', priceCents: 1_999 },
  { id: 'p07', name: 'Noodle bowl', priceCents: 2_449 },
  { id: 'p08', name: 'Side plate', priceCents: 1_399 },
  { id: 'p09', name: 'Dinner plate', priceCents: 2_899 },
  { id: 'p10', name: 'Serving platter', priceCents: 6_499 },
  { id: 'p11', name: 'Teapot, cast iron', priceCents: 7_949 },
  { id: 'p12', name: 'Teapot, stoneware', priceCents: 5_299 },
  { id: 'p13', name: 'Tea whisk', priceCents: 1_749 },
  { id: 'p14', name: 'Tea scoop', priceCents: 899 },
  { id: 'p15', name: 'Tea caddy', priceCents: 2_249 },
  { id: 'p16', name: 'Vase, tall', priceCents: 5_899 },
  { id: 'p17', name: 'Vase, bud', priceCents: 1_949 },
  { id: 'p18', name: 'Incense holder', priceCents: 1_149 },
  { id: 'p19', name: 'Chopstick rest, set of four', priceCents: 1_599 },
  { id: 'p20', name: 'Soy sauce dish', priceCents: 749 },
  { id: 'p21', name: 'Lidded jar', priceCents: 3_349 },
  { id: 'p22', name: 'Gold lacquer kit', priceCents: 3_999 },
  { id: 'p23', name: 'Mug, tall', priceCents: 2_149 },
  { id: 'p24', name: 'Mug, small', priceCents: 1_649 },
];
