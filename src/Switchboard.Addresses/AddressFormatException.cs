namespace Switchboard.Addresses;

/// <summary>A text was refused: which fault, and where in it.</summary>
public sealed class AddressFormatException(AddressFault fault, string text, int at, int length, string? meant = null)
    : FormatException($"{fault} at character {at + 1} of '{text}'")
{
    public AddressFault Fault { get; } = fault;

    /// <summary>The whole text.</summary>
    public string Text { get; } = text;

    /// <summary>Where the fault begins, counted from 0.</summary>
    public int At { get; } = at;

    /// <summary>How many characters it covers; 0 where something is missing.</summary>
    public int Length { get; } = length;

    /// <summary>What would have been right and is near; only ever offered, never used.</summary>
    public string? Meant { get; } = meant;

    /// <summary>The characters at fault.</summary>
    public string Part => Text.Substring(At, Length);
}
