using Switchboard.Protocol;

namespace Switchboard.Lab.Pages;

/// <summary>What every page of the laboratory has: its looks, its script, its fixed words.</summary>
internal static class PageParts
{
    public static readonly Words Background = ("Background", "背景知识");
    public static readonly Words Back = ("Back", "后退");
    public static readonly Words Next = ("Step", "单步");
    public static readonly Words All = ("All", "全部");

    /// <summary>Colours that keep their contrast on both grounds; the same six for lanes and for sends.</summary>
    public const string Style = """
        :root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--faint:#667;--line:#d5d9e0;
        --k0:#0b7285;--k1:#a35a00;--k2:#2b7a2b;--k3:#9c2f8f;--k4:#2f55c4;--k5:#b3261e}
        @media(prefers-color-scheme:dark){:root{--ground:#14171b;--text:#e6e8eb;--faint:#9aa3b0;--line:#343a43;
        --k0:#5cc8da;--k1:#f0b060;--k2:#7bcf7b;--k3:#e090d6;--k4:#93adff;--k5:#ff9a90}}
        body{margin:0 auto;padding:1rem;max-width:75rem;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
        h1{font-size:1.4rem;margin:0 0 .5rem}h2{font-size:1.05rem;margin:1rem 0 .25rem;grid-column:1/-1}
        code{font:.86rem ui-monospace,monospace;overflow-wrap:anywhere}
        .grid{display:grid;gap:.25rem .5rem;align-items:start;overflow-x:auto;margin:1rem 0}
        .lane{font-weight:600;border-bottom:3px solid;position:sticky;top:0;background:var(--ground)}
        .time{color:var(--faint);font-size:.8rem;text-align:right;grid-column:1;border-color:var(--line)}
        .event{border-left:4px solid;padding:.15rem .5rem;background:color-mix(in srgb,currentColor 8%,transparent);border-radius:0 .3rem .3rem 0}
        .event code,.event p{color:var(--text)}.event p{margin:.1rem 0;font-size:.86rem;color:var(--faint)}
        .c0{color:var(--k0)}.c1{color:var(--k1)}.c2{color:var(--k2)}.c3{color:var(--k3)}.c4{color:var(--k4)}.c5{color:var(--k5)}
        .bytes{display:flex;flex-wrap:wrap;gap:1px;margin:.2rem 0}
        .bytes i{font:.75rem ui-monospace,monospace;min-width:1.1em;text-align:center;padding:0 .15em;color:var(--ground);background:var(--faint)}
        .bytes .b0{background:var(--k0)}.bytes .b1{background:var(--k1)}.bytes .b2{background:var(--k2)}
        .bytes .b3{background:var(--k3)}.bytes .b4{background:var(--k4)}.bytes .b5{background:var(--k5)}
        .controls{display:flex;gap:.4rem;align-items:center;flex-wrap:wrap}.controls[hidden]{display:none}
        button{font:inherit;padding:.25rem .7rem;border:1px solid var(--line);border-radius:.3rem;background:transparent;color:inherit;cursor:pointer}
        button:focus-visible{outline:2px solid var(--k4)}
        .later{visibility:hidden}.now{outline:2px solid currentColor}
        ul.claims{list-style:none;padding:0}.good{color:var(--k2)}.bad{color:var(--k5)}.verdict{font-weight:700}
        """;

    // No less-than sign and no ampersand, so that the page is XML as it stands.
    public const string Script = """

        var steps=Array.from(document.querySelectorAll('.event')),parts=Array.from(document.querySelectorAll('.step')),at=steps.length;
        function show(n){
          at=Math.max(0,Math.min(steps.length,n));
          var last=at===0?-1:parts.indexOf(steps[at-1]);
          parts.forEach(function(part,i){part.classList.toggle('later',i>last);part.classList.remove('now');});
          if(at!==0){if(at!==steps.length){steps[at-1].classList.add('now');steps[at-1].scrollIntoView({block:'nearest'});}}
          document.getElementById('place').textContent=at+' / '+steps.length;
        }
        function on(id,act){document.getElementById(id).addEventListener('click',act);}
        on('first',function(){show(0);});on('back',function(){show(at-1);});on('next',function(){show(at===steps.length?1:at+1);});on('all',function(){show(steps.length);});
        document.addEventListener('keydown',function(e){if(e.key==='ArrowRight'){show(at===steps.length?1:at+1);}if(e.key==='ArrowLeft'){show(at-1);}});
        document.getElementById('controls').hidden=false;show(steps.length);

        """;
}
