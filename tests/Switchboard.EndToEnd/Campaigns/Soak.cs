namespace Switchboard.EndToEnd.Campaigns;

/// <summary>How long campaigns run: short with every <c>./test</c>, whole with <c>./test soak</c>.</summary>
internal static class Soak
{
    public static bool On => Environment.GetEnvironmentVariable("SWITCHBOARD_SOAK") == "1";

    /// <summary>Where the dice begin: <c>SWITCHBOARD_SEED</c> repeats a campaign that failed.</summary>
    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("SWITCHBOARD_SEED"), out int given) ? given : Environment.TickCount & 0xFFFFFF;

    public static int Rounds(int always, int soak) => On ? soak : always;
}

/// <summary>Campaigns load both cores: they run one after the other, so that each sees the timing it asks for.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAtATime
{
    public const string Name = "one at a time";
}
