namespace Switchboard.Cli.Parsing;

/// <summary>The command cannot be done, for a reason that lies on this side; carries its own words, code and exit code.</summary>
internal sealed class FailedException(string code, int exit, Words sentence, Words? hint = null) : Exception(sentence.En)
{
    public string Code { get; } = code;

    public int Exit { get; } = exit;

    public Words Sentence { get; } = sentence;

    public Words? Hint { get; } = hint;
}
