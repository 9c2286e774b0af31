namespace Switchboard.Protocol;

/// <summary>The languages of sentences for people. Codes and field names are the same in all.</summary>
public enum Language
{
    English,

    /// <summary>Simplified Chinese.</summary>
    Chinese,
}

/// <summary>Names of languages.</summary>
public static class Languages
{
    /// <summary>Any tag or locale of Chinese (<c>zh</c>, <c>zh-Hans-CN</c>, <c>zh_CN.UTF-8</c>) is Chinese; everything else, null included, is English.</summary>
    public static Language Parse(string? tag)
    {
        var end = tag.AsSpan().IndexOfAny("-_.@");
        var name = end < 0 ? tag.AsSpan() : tag.AsSpan(0, end);
        return name.Equals("zh", StringComparison.OrdinalIgnoreCase) ? Language.Chinese : Language.English;
    }

    /// <summary><c>en</c> or <c>zh</c>, as in <see cref="Hello.Lang"/>.</summary>
    public static string Tag(this Language language) => language == Language.Chinese ? "zh" : "en";
}
