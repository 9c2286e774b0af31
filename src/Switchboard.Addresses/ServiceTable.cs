using System.Globalization;

namespace Switchboard.Addresses;

/// <summary>A service in the system's table.</summary>
public sealed record Service(string Name, int Port, string Protocol, string[] Aliases);

/// <summary>A table of services in the form of <c>/etc/services</c> (services(5)). Lines of another form are passed over, as the C library does.</summary>
public sealed class ServiceTable(IEnumerable<string> lines)
{
    public IReadOnlyList<Service> Services { get; } = [.. lines.Select(Read).OfType<Service>()];

    /// <summary>By name or alias, which count letter by letter.</summary>
    public IEnumerable<Service> Named(string name) => Services.Where(s => s.Name == name || s.Aliases.Contains(name));

    public IEnumerable<Service> At(int port) => Services.Where(s => s.Port == port);

    private static Service? Read(string line)
    {
        string[] words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string[] place = words.Length < 2 ? [] : words[1].Split('/');
        return place.Length == 2 && ushort.TryParse(place[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? new(words[0], port, place[1], words[2..])
            : null;
    }
}
