namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>The facts of MLST and MLSD (RFC 3659, section 7.5), which a client chooses among with OPTS MLST.</summary>
[Flags]
internal enum MlsFacts
{
    None = 0,
    Type = 1,
    Size = 2,
    Modify = 4,
    Perm = 8,
    UnixMode = 16,
    All = Type | Size | Modify | Perm | UnixMode,

    /// <summary>A fact of ours (RFC 3659, section 7.5: local facts begin with X): with it MLSD tells one's own unfinished uploads too.</summary>
    Unfinished = 32,
}

internal static class MlsFactNames
{
    private static readonly (MlsFacts Fact, string Name)[] Table =
    [
        (MlsFacts.Type, "type"),
        (MlsFacts.Size, "size"),
        (MlsFacts.Modify, "modify"),
        (MlsFacts.Perm, "perm"),
        (MlsFacts.UnixMode, "UNIX.mode"),
        (MlsFacts.Unfinished, "X.unfinished"),
    ];

    /// <summary>Unknown names are passed over, as RFC 3659, section 7.9 wants.</summary>
    public static MlsFacts Parse(string names) => names.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Aggregate(MlsFacts.None, (chosen, name) => chosen | Table.FirstOrDefault(row => row.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Fact);

    /// <summary>As OPTS answers.</summary>
    public static string Chosen(MlsFacts facts) => string.Concat(Table.Where(row => facts.HasFlag(row.Fact)).Select(row => row.Name + ";"));

    /// <summary>As FEAT tells, the chosen ones with a star.</summary>
    public static string Offered(MlsFacts facts) => string.Concat(Table.Select(row => row.Name + (facts.HasFlag(row.Fact) ? "*;" : ";")));
}
