package store
import ("testing";"fmt";"time";"sync")
func TestTmpDurable(t *testing.T){
 h := open(t, Options{Dir: t.TempDir()})
 var ws []*World
 for n := range 16 { ws=append(ws,h.create(t, fmt.Sprint("w",n))) }
 var wg sync.WaitGroup
 start:=time.Now(); total:=0
 for g := range 16 { wg.Go(func(){ for n:=range 1000 { h.put(t, ws[g], item{ID: fmt.Sprint("I",n%100), Room:"r", N:n}) } }) ; total+=1000}
 wg.Wait()
 d:=time.Since(start)
 fmt.Println("per second", float64(total)/d.Seconds(), "groups", groups, "mean", float64(entries)/float64(groups), "commit", tcommit/time.Duration(groups))
}
