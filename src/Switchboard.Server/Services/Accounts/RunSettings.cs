using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>A path outside the home that an account's jobs may see.</summary>
/// <param name="Path">Absolute and normal.</param>
/// <param name="Writable">By the rights of the server's user; otherwise read-only.</param>
public sealed record SharedPath(string Path, bool Writable)
{
    private const string WritableMark = ":rw";

    public bool IsDevice => Path.StartsWith("/dev/", StringComparison.Ordinal);

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>: not absolute, or a place that would undo the confinement.</exception>
    public static SharedPath Parse(string text)
    {
        var writable = text.EndsWith(WritableMark, StringComparison.Ordinal);
        var path = writable ? text[..^WritableMark.Length] : text;
        string[] names = path.Split('/');
        var isNormal = path.Length > 1 && path[0] == '/' && names.Skip(1).All(name => name is not ("" or "." or "..")) && path.IndexOfAny([',', ';', '\n', '\0']) < 0;
        // What stands there already, or would show every process or device.
        var isTaken = names is [_, "proc" or "sys" or "etc" or "usr" or "bin" or "sbin" or "lib" or "lib64" or "tmp" or "home" or "dev" or "run"] or [_, "proc" or "sys", ..];
        return isNormal && !isTaken
            ? new SharedPath(path, writable)
            : throw new RefusedException(RefusalCode.BadRequest, AccountName.Shorten(text), "an absolute path such as /srv/project, with :rw behind it to write there");
    }

    public override string ToString() => Writable ? Path + WritableMark : Path;
}

/// <summary>What an account's jobs may do beyond the rule for all.</summary>
public sealed record RunSettings
{
    /// <summary>More paths make a command line no kernel takes.</summary>
    private const int MostPaths = 64;

    private const int MostPrograms = 256;

    public static RunSettings None { get; } = new();

    /// <summary>They see the machine's network, its loopback too.</summary>
    public bool Network { get; init; }

    /// <summary>The only programs they may begin with, as they are to be typed; empty means any.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    public IReadOnlyList<SharedPath> Paths { get; init; } = [];

    /// <summary>As it is stored; null for <see cref="None"/>.</summary>
    public string? Stored
    {
        get
        {
            List<string> parts = [];
            if (Network)
            {
                parts.Add("network");
            }

            parts.AddRange(Programs.Count == 0 ? [] : ["programs=" + string.Join(',', Programs)]);
            parts.AddRange(Paths.Count == 0 ? [] : ["paths=" + string.Join(',', Paths)]);
            return parts.Count == 0 ? null : string.Join(';', parts);
        }
    }

    public static RunSettings Parse(string? stored)
    {
        var settings = None;
        foreach (var part in stored?.Split(';') ?? [])
        {
            settings = part.Split('=', 2) switch
            {
                ["network"] => settings with { Network = true },
                ["programs", var list] => settings with { Programs = list.Split(',') },
                ["paths", var list] => settings with { Paths = [.. list.Split(',').Select(SharedPath.Parse)] },
                _ => settings,
            };
        }

        return settings;
    }

    /// <summary>With what a request changes; null leaves a thing, an empty list takes it away.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>.</exception>
    public RunSettings Changed(bool? network, IReadOnlyList<string>? programs, IReadOnlyList<string>? paths)
    {
        if (programs?.Count > MostPrograms || paths?.Count > MostPaths)
        {
            throw new RefusedException(RefusalCode.OverLimit, null, $"at most {MostPrograms} programs and {MostPaths} paths");
        }

        if (programs?.FirstOrDefault(name => name.Length is 0 or > 255 || name.IndexOfAny([',', ';', '\n', '\0']) >= 0) is { } wrong)
        {
            throw new RefusedException(RefusalCode.BadRequest, AccountName.Shorten(wrong), "a program's name or path, without commas");
        }

        return this with
        {
            Network = network ?? Network,
            Programs = programs ?? Programs,
            Paths = paths is null ? Paths : [.. paths.Select(SharedPath.Parse)],
        };
    }

    /// <summary>Programs may be begun by this name.</summary>
    public bool Permits(string program) => Programs.Count == 0 || Programs.Contains(program);
}
