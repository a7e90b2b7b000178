package blockkit
import ("testing";"encoding/json";"fmt")
func counter() func(int) string { n:=0; return func(w int) string { n++; return fmt.Sprintf("%0*d",w,n)} }
func TestScratch(t *testing.T){
 for _, s := range []string{
 `[{"type":"section","text":{"type":"mrkdwn","text":"a & <b> http://x.y"}},{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"ok"},"value":"v"}]}]`,
 `[{"type":"foo"}]`, `[{"type":"section"}]`, `[{"type":"section","text":{"type":"mrkdwn","text":""}}]`,
 `[{"type":"section","text":{"type":"mrkdwn","text":"a","emoji":true},"block_id":null,"accessory":null,"fields":null}]`,
 `[{"type":"table","rows":[[{"type":"raw_text","text":""}]]}]`,
 `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"user","user_id":"U1","style":{"code":true}}]}]}]`,
 `{}`, `x`, `"[]"`,
 `[{"type":"input","label":{"type":"plain_text","text":"L"},"element":{"type":"plain_text_input"}}]`,
 }{
  b, e := Validate(Message, json.RawMessage(s), counter())
  j,_ := json.Marshal(b)
  t.Logf("%s\n  %s\n  %q\n  %s", s, j, e, PlainText(b))
 }
 v, e := ValidateView(json.RawMessage(`{"type":"modal","title":{"type":"plain_text","text":"T"},"blocks":[{"type":"input","label":{"type":"plain_text","text":"L"},"element":{"type":"plain_text_input"}}]}`), counter())
 j,_ := json.Marshal(v); t.Logf("%s %q", j, e)
 v, e = ValidateView(json.RawMessage(`{}`), counter()); t.Logf("%q", e)
 v, e = ValidateView(json.RawMessage(`{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"T"},"blocks":[{"type":"input","label":{"type":"plain_text","text":"L"},"element":{"type":"plain_text_input"}}]}`), counter())
 j,_ = json.Marshal(v); t.Logf("%s %q", j, e)
 st := InitialState(v.Blocks); j,_ = json.Marshal(st); t.Logf("%s", j)
 a, fb, es := ValidateAttachments(json.RawMessage(`[{"text":"x <b>","color":"#36a64f","fields":[{"title":"a","value":"b"}],"actions":[{"name":"n","text":"t","type":"button"}]},{"blocks":[{"type":"divider"}]}]`), counter())
 t.Logf("%s %q %q", a, fb, es)
}
