using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Switchboard.Protocol;

/// <summary>
/// Unicode normalisation form C (UAX #15): one spelling for what looks the same, so that "é" typed as one character or as two is one
/// password and one name. Our own, because <see cref="string.Normalize()"/> does nothing in invariant globalisation mode, which saves
/// every start the loading of ICU.
/// </summary>
public static class Nfc
{
    // Hangul syllables are computed (Unicode Standard, section 3.12).
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7,
        Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;

    private static readonly Lazy<Tables> Data = new(Load);

    /// <summary>The text in form C; the same instance when it is already. Lone surrogates stay as they are.</summary>
    public static string Normalize(string text)
    {
        if (IsPlain(text))
        {
            return text;
        }
        var points = new List<int>(text.Length + 8);
        for (var i = 0; i < text.Length; i++)
        {
            var pair = char.IsSurrogatePair(text, i);
            Decompose(pair ? char.ConvertToUtf32(text, i) : text[i], points);
            i += pair ? 1 : 0;
        }
        Order(points);
        return ToText(Compose(points));
    }

    // Nothing below U+0300 combines or is changed, and neither is a Chinese character of the main block.
    private static bool IsPlain(string text)
    {
        foreach (var c in text)
        {
            if (c >= '\u0300' && c is not (>= '\u4E00' and <= '\u9FFF'))
            {
                return false;
            }
        }
        return true;
    }

    private static void Decompose(int point, List<int> into)
    {
        var syllable = point - SyllableBase;
        if (syllable is >= 0 and < Syllables)
        {
            into.Add(LeadBase + (syllable / (Vowels * Tails)));
            into.Add(VowelBase + (syllable % (Vowels * Tails) / Tails));
            if (syllable % Tails != 0)
            {
                into.Add(TailBase + (syllable % Tails));
            }
        }
        else if (Data.Value.Parts.TryGetValue(point, out var parts))
        {
            Array.ForEach(parts, part => Decompose(part, into));
        }
        else
        {
            into.Add(point);
        }
    }

    // Stable order by combining class within each run of marks; OrderBy, because insertion would let a long run cost its square.
    private static void Order(List<int> points)
    {
        for (var start = 0; start < points.Count; start++)
        {
            var end = start;
            while (end < points.Count && Class(points[end]) != 0)
            {
                end++;
            }
            if (end - start > 1)
            {
                int[] sorted = [.. points.GetRange(start, end - start).OrderBy(Class)];
                sorted.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(points)[start..]);
            }
            start = end;
        }
    }

    // A mark joins the last starter unless another of its class or a starter stands between them.
    private static List<int> Compose(List<int> points)
    {
        var composed = new List<int>(points.Count);
        var (starter, lastClass) = (-1, 0);
        foreach (var point in points)
        {
            var rank = Class(point);
            var adjacent = starter == composed.Count - 1;
            if (starter >= 0 && (adjacent || (lastClass != 0 && lastClass < rank)) && Pair(composed[starter], point) is { } whole)
            {
                composed[starter] = whole;
                continue;
            }
            starter = rank == 0 ? composed.Count : starter;
            lastClass = rank;
            composed.Add(point);
        }
        return composed;
    }

    private static int? Pair(int first, int second)
    {
        if (first - LeadBase is >= 0 and < Leads && second - VowelBase is >= 0 and < Vowels)
        {
            return SyllableBase + ((((first - LeadBase) * Vowels) + second - VowelBase) * Tails);
        }
        if (first - SyllableBase is >= 0 and < Syllables && (first - SyllableBase) % Tails == 0 && second - TailBase is > 0 and < Tails)
        {
            return first + second - TailBase;
        }
        return Data.Value.Wholes.TryGetValue((first, second), out var whole) ? whole : null;
    }

    private static int Class(int point) => Data.Value.Classes.GetValueOrDefault(point);

    private static string ToText(List<int> points)
    {
        var text = new StringBuilder(points.Count);
        foreach (var point in points)
        {
            _ = point < 0x10000 ? text.Append((char)point) : text.Append(char.ConvertFromUtf32(point));
        }
        return text.ToString();
    }

    private static Tables Load()
    {
        using var list = new StreamReader(typeof(Nfc).Assembly.GetManifestResourceStream("canonical.txt")!);
        var (parts, wholes, classes) = (new Dictionary<int, int[]>(), new Dictionary<(int, int), int>(), new Dictionary<int, int>());
        while (list.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            if (fields[0] == "c")
            {
                AddClass(fields, classes);
            }
            else if (fields[0] is "d" or "x")
            {
                var (point, pieces) = (Hex(fields[1]), Array.ConvertAll(fields[2..], Hex));
                parts.Add(point, pieces);
                _ = fields[0] == "d" && wholes.TryAdd((pieces[0], pieces[1]), point);
            }
        }
        return new Tables(parts.ToFrozenDictionary(), wholes.ToFrozenDictionary(), classes.ToFrozenDictionary());
    }

    private static void AddClass(string[] fields, Dictionary<int, int> classes)
    {
        for (var point = Hex(fields[1]); point <= Hex(fields[2]); point++)
        {
            classes.Add(point, int.Parse(fields[3], CultureInfo.InvariantCulture));
        }
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private sealed record Tables(
        FrozenDictionary<int, int[]> Parts, FrozenDictionary<(int First, int Second), int> Wholes, FrozenDictionary<int, int> Classes);
}
