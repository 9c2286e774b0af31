namespace Switchboard.Protocol;

/// <summary>One text for people, in both languages.</summary>
public readonly record struct Words(string En, string Zh)
{
    public string In(Language language) => language == Language.Chinese ? Zh : En;

    public static implicit operator Words((string En, string Zh) pair) => new(pair.En, pair.Zh);
}
