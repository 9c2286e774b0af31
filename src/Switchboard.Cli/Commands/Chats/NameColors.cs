using Switchboard.Cli.Output;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>
/// A colour for each person: the same one every day, from the name, and another one only where somebody here has it already. The colours are of
/// middle brightness, readable on dark and on light, from xterm's 256.
/// </summary>
internal sealed class NameColors(bool color)
{
    private static readonly int[] s_palette = [33, 166, 35, 161, 98, 37, 136, 125, 64, 69, 170, 173, 29, 131, 63, 142, 133, 31, 203, 72, 178, 99, 107, 168];

    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    public string Apply(string name, string shown) => color ? $"\e[1;38;5;{s_palette[PlaceOf(name)]}m{shown}\e[0m" : shown;

    private int PlaceOf(string name)
    {
        if (!_places.TryGetValue(name, out int place))
        {
            place = (int)(Hash(name) % (uint)s_palette.Length);
            for (int tried = 0; tried < s_palette.Length && _places.ContainsValue(place); tried++)
            {
                place = (place + 1) % s_palette.Length;
            }
            _places[name] = place;
        }
        return place;
    }

    // FNV-1a (draft-eastlake-fnv): the same on every machine and in every run, as string.GetHashCode is not.
    private static uint Hash(string name)
    {
        uint hash = 2_166_136_261;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 16_777_619;
        }
        return hash;
    }
}
