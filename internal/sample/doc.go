// Package sample is a small fictional labour market that knows its own truth: a job board over HTTP, enterprises
// that post requests, universities with programmes and subscriptions, and a mailbox. Gapwatch meets it only through
// its production path: it crawls the board, takes requests and programmes by its API and sends mails by SMTP. Every
// employer, school and posting is invented.
package sample
