// Package text reads what people write, wherever it comes from (a page, a dump, a spreadsheet, a form): the charset
// (UTF8, UTF8Whole, Reader), dates (Date, Day, DateIn), numbers (Count, Int, Amount), addresses (Address), markup (Of,
// Line, PlainText) and white space (Tidy). It also brings names and texts into the form in which they are compared
// (Employer, Normal), and cuts them (Cut, Short). It is pure.
package text
