import json, sys, time
from collections import defaultdict
from radonc.vocabulary.regimen.reading import parse
KINDS=["dose","fraction_dose","fractions","site","modality","technique","energy","boost","frequency"]
rows=[json.loads(l) for l in open(sys.argv[1])]
show=sys.argv[2:] 
tp=defaultdict(int);fp=defaultdict(int);fn=defaultdict(int)
from radonc.vocabulary.regimen.tokens import tokenise
from radonc.vocabulary.regimen.lexicon import CLASS
def norm(k,v):
    if not isinstance(v,str): return v
    if k=='site':
        from radonc.vocabulary.regimen.sites import words
        s=tokenise(v); return words(s,0,len(s.tokens)).casefold()
    t=tokenise(v).tokens
    return str(t[0].value).casefold() if len(t)==1 else v.casefold()
def same(a,b,k=None):
    a,b=norm(k,a),norm(k,b)
    if isinstance(a,str) or isinstance(b,str):
        return str(a).casefold().replace('-',' ').strip()==str(b).casefold().replace('-',' ').strip()
    return abs(a-b)<0.006
def spans(r):
    for m in r['mentions']:
        p=-1
        for _ in range(m.get('occurrence',1)): p=r['text'].find(m['text'],p+1)
        yield m['kind'],m['value'],p,p+len(m['text']),m['text']
pf=defaultdict(lambda:[0,0]); np_=0
for r in rows:
    got=list(parse(r['text']).mentions); bad=[]
    for k,v,s,e,t in spans(r):
        hit=next((g for g in got if g[0]==k and same(g[1],v,k) and g[2]<e and s<g[3]),None)
        if hit: tp[k]+=1; got.remove(hit)
        else: fn[k]+=1; bad.append(('-',k,v,t))
    for g in got: fp[g[0]]+=1; bad.append(('+',g[0],g[1],r['text'][g[2]:g[3]]))
    bad=[b for b in bad if not show or b[1] in show]
    ph=parse(r['text']).phases
    phbad=[]
    np_+=len(ph)==len(r['phases'])
    for i,p in enumerate(r['phases']):
        for f in ("site","laterality","dose_gy","n_fractions","fraction_dose_gy","modality","technique","energy","boost","schedule"):
            g=getattr(ph[i],f) if i<len(ph) else None
            w=p.get(f)
            ok=bool((g is None and w is None) or (g is not None and w is not None and same(g,w,f)) or (f=="fraction_dose_gy" and g and w and abs(g-w)<.02))
            pf[f][0]+=ok; pf[f][1]+=1
            if not ok and f in ('dose_gy','n_fractions','boost'): phbad.append((i,f,w,g))
    if bad or phbad and (not show or 'phase' in show): print(r['id'],r['text']); [print('      ',*b) for b in bad]; print('     P',phbad,len(r['phases']),len(ph))
for k in KINDS:
    P=tp[k]/max(tp[k]+fp[k],1);R=tp[k]/max(tp[k]+fn[k],1)
    print(f"{k:14} n {tp[k]+fn[k]:4} P {P:.3f} R {R:.3f} F {2*P*R/max(P+R,1e-9):.3f}")
print({f:round(a/b,3) for f,(a,b) in pf.items()},'phases count',np_/len(rows))
ts=[r['text'] for r in rows]*20
t0=time.perf_counter()
for t in ts: parse(t)
d=time.perf_counter()-t0
print(len(ts)/d,'sentences/s', sum(map(len,ts))/len(ts),'chars', d/len(ts)*1e6/(sum(map(len,ts))/len(ts))*80,'us per 80 chars')
