package adf

import (
	"encoding/json"
	"testing"
)

// report is a kilobyte of what people write.
const report = `h2. Checkout fails for carts with a voucher

Since the release of *4.2* customers cannot pay when a voucher is in the cart. [~accountid:5b10] saw it first, in ACME-2.

h3. Steps

# Put two articles into the cart
# Enter the voucher {{SPRING-24}}
#* any other voucher does the same
#* without one it works
# Press _Pay now_

{code:java}
java.lang.IllegalStateException: total below zero
    at com.acme.checkout.Total.check(Total.java:88)
    at com.acme.checkout.Payment.start(Payment.java:31)
{code}

||Browser||Result||
|Firefox 128|fails (x)|
|Chrome 126|fails (x)|
|Safari 17|works (/)|

{quote}The page says "try again later" and nothing else.{quote}

{panel:bgColor=#fffae6}
We have about *120* orders a day with vouchers, so this should go out -next week- today.
{panel}

The log is at [the usual place|https://logs.acme.example/checkout?from=yesterday] and attached: [^figures.xlsx]

!plan (4).png|width=300,height=200!

Workaround: tell people to pay by invoice. See https://wiki.acme.example/display/PAY/Invoice for how.
`

func kilobyte() (Node, string) { return FromWiki(report, company), report }

func BenchmarkFromWiki(b *testing.B) {
	_, text := kilobyte()
	for b.Loop() {
		FromWiki(text, company)
	}
}

func BenchmarkToWiki(b *testing.B) {
	doc, _ := kilobyte()
	for b.Loop() {
		ToWiki(doc, company)
	}
}

func BenchmarkToHTML(b *testing.B) {
	doc, _ := kilobyte()
	for b.Loop() {
		ToHTML(doc, company)
	}
}

func BenchmarkToText(b *testing.B) {
	doc, _ := kilobyte()
	for b.Loop() {
		ToText(doc)
	}
}

func BenchmarkCheck(b *testing.B) {
	doc, _ := kilobyte()
	text, err := json.Marshal(doc)
	if err != nil {
		b.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Check(v); err != nil {
			b.Fatal(err)
		}
	}
}
