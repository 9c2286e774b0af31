namespace Switchboard.Protocol;

/// <summary>What to do where a file already stands under the name of a new one.</summary>
public enum IfExists
{
    /// <summary>Replace it, in one step: readers see the old file or the new one.</summary>
    Overwrite,
    /// <summary>Leave it and store nothing.</summary>
    Skip,
    /// <summary>Store the new one as <c>name (1).ext</c>, or the next free number.</summary>
    KeepBoth,
    /// <summary>Refuse with <see cref="RefusalCode.Exists"/>.</summary>
    Fail,
}

/// <summary>The words for <see cref="IfExists"/> on the wire and on the command line.</summary>
public static class IfExistsWords
{
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/> for an unknown word.</exception>
    public static IfExists Parse(string? word) => word switch
    {
        null or "overwrite" => IfExists.Overwrite,
        "skip" => IfExists.Skip,
        "keep-both" => IfExists.KeepBoth,
        "fail" => IfExists.Fail,
        _ => throw new RefusedException(RefusalCode.BadRequest, "if_exists", "overwrite, skip, keep-both or fail"),
    };

    public static string Word(this IfExists rule) => rule switch
    {
        IfExists.Skip => "skip",
        IfExists.KeepBoth => "keep-both",
        IfExists.Fail => "fail",
        _ => "overwrite",
    };
}
