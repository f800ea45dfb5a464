// Package codes holds the code lists that facts are stored in, with their names in Chinese and English:
//
//   - regions: GB/T 2260, edition 2023 (six digits; provinces, prefectures, districts and counties), and
//     ISO 3166-1 alpha-2 outside China, names of Unicode CLDR 32;
//   - industries: GB/T 4754-2017, sections A to T;
//   - talent tiers, degrees and the six directions of 未来产业.
//
// The tables under data are written by the command in gen and embedded; they are parsed once, at first use.
// The package is pure.
package codes
