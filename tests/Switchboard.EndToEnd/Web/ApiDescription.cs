using System.Text.Json;
using System.Text.RegularExpressions;

namespace Switchboard.EndToEnd.Web;

/// <summary>The OpenAPI document of a server, and the measure of its answers: an answer has the fields that are described, all that are required, and no others.</summary>
public sealed class ApiDescription(JsonElement document)
{
    private readonly List<(Regex Address, JsonElement Methods)> _addresses =
    [
        // What is written out is meant before what a name stands in for.
        .. document.GetProperty("paths").EnumerateObject().OrderBy(path => path.Name.Count(letter => letter == '{')).ThenByDescending(path => path.Name.Length)
            .Select(path => (Pattern(path.Name), path.Value)),
    ];

    /// <summary>Fails unless the answer is one that is described.</summary>
    public void Check(string method, string target, WebAnswer answer)
    {
        string where = $"{method} {target}: {answer.Status}";
        if (!target.StartsWith("/api/", StringComparison.Ordinal) && !_addresses.Any(one => one.Address.IsMatch(target)))
        {
            // The page, and what is not there: no part of the API.
            return;
        }

        JsonElement described = AnswerOf(method, target.Split('?')[0], answer.Status);
        if (method == "HEAD" || answer.Body.Length == 0 || !described.TryGetProperty("content", out JsonElement content))
        {
            Assert.True(method == "HEAD" || answer.Body.Length == 0, $"{where} has a body that is not described: {answer.Text}");
            return;
        }

        string type = answer.ContentHeaders.ContentType?.MediaType ?? "";
        Assert.True(content.TryGetProperty(type, out JsonElement media) || content.TryGetProperty("*/*", out media), $"{where} is of the type {type}, which is not described");
        if (type == "application/json")
        {
            CheckValue(media.GetProperty("schema"), answer.Json, where);
        }
    }

    private JsonElement AnswerOf(string method, string path, int status)
    {
        var (_, methods) = _addresses.FirstOrDefault(one => one.Address.IsMatch(path));
        JsonElement operation = default;
        bool isDescribed = methods.ValueKind == JsonValueKind.Object
            && (methods.TryGetProperty(method.ToLowerInvariant(), out operation) || (method == "HEAD" && methods.TryGetProperty("get", out operation)));
        if (isDescribed && operation.GetProperty("responses").TryGetProperty($"{status}", out JsonElement answer))
        {
            return Resolve(answer);
        }

        Assert.True(status >= 400 || !isDescribed, $"{method} {path}: {status} is not described");
        return document.GetProperty("components").GetProperty("responses").GetProperty("Refused");
    }

    private void CheckValue(JsonElement schema, JsonElement value, string where)
    {
        schema = Resolve(schema);
        string? type = schema.TryGetProperty("type", out JsonElement named) ? named.GetString() : null;
        Assert.True(type is null || IsOf(type, value), $"{where} is {value.ValueKind} and not {type}");
        if (schema.TryGetProperty("enum", out JsonElement words))
        {
            Assert.True(words.EnumerateArray().Any(word => word.GetString() == value.GetString()), $"{where} is {value}, which is none of {words}");
        }

        if (schema.TryGetProperty("pattern", out JsonElement pattern))
        {
            Assert.Matches(pattern.GetString()!, value.GetString());
        }

        if (type == "array")
        {
            Assert.All(value.EnumerateArray(), item => CheckValue(schema.GetProperty("items"), item, where + "[]"));
        }
        else if (type == "object" && schema.TryGetProperty("properties", out JsonElement properties))
        {
            CheckFields(schema, properties, value, where);
        }
    }

    private void CheckFields(JsonElement schema, JsonElement properties, JsonElement value, string where)
    {
        foreach (JsonElement required in schema.TryGetProperty("required", out JsonElement names) ? names.EnumerateArray() : default)
        {
            Assert.True(value.TryGetProperty(required.GetString()!, out _), $"{where} lacks {required}: {value}");
        }

        foreach (JsonProperty field in value.EnumerateObject())
        {
            Assert.True(properties.TryGetProperty(field.Name, out JsonElement described), $"{where}.{field.Name} is not described");
            CheckValue(described, field.Value, $"{where}.{field.Name}");
        }
    }

    private JsonElement Resolve(JsonElement element) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty("$ref", out JsonElement reference)
        ? reference.GetString()![2..].Split('/').Aggregate(document, (at, name) => at.GetProperty(name))
        : element;

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "string" => value.ValueKind == JsonValueKind.String,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Object,
    };

    /// <summary>A path stands for many names, everything else for one.</summary>
    private static Regex Pattern(string address)
        => new("^" + Regex.Replace(Regex.Escape(address).Replace(@"\{path}", ".*", StringComparison.Ordinal), @"\\\{\w+}", "[^/]+") + "$", RegexOptions.CultureInvariant);
}
