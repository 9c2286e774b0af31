namespace Switchboard.Cli.Parsing;

/// <summary>The command line was wrong: exit code 2.</summary>
internal sealed class UsageException(Words sentence, Words? hint = null) : Exception(sentence.En)
{
    public Words Sentence { get; } = sentence;

    /// <summary>What to type instead.</summary>
    public Words? Hint { get; } = hint;
}
