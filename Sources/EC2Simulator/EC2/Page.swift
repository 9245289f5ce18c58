/// One page of a list.
struct Page<Thing> {
  let things: [Thing]
  let nextToken: String?

  /// The page that MaxResults and NextToken ask for; a token is the number of things before its page.
  ///
  /// - Throws: InvalidParameterCombination where ids were given as well, InvalidParameterValue otherwise.
  init(_ all: [Thing], _ parameters: Parameters, hasIds: Bool) throws(EC2Error) {
    let maximum = try parameters.number("MaxResults")
    if hasIds && maximum != nil {
      throw EC2Error(
        "InvalidParameterCombination", "The parameter maxResults cannot be used with a list of ids.")
    }
    if let maximum, !(5...1000).contains(maximum) {
      throw .value(
        "Value ( \(maximum) ) for parameter maxResults is invalid. Expecting a value from 5 to 1000.")
    }
    guard let first = Int(parameters["NextToken"] ?? "0"), (0...all.count).contains(first) else {
      throw .value("Invalid value for nextToken")
    }
    let end = min(all.count, first + (maximum ?? all.count))
    things = Array(all[first..<end])
    nextToken = end < all.count ? String(end) : nil
  }

  /// The answer's last element; EC2 leaves it empty on the last page.
  var element: [XMLElement] { nextToken.map { [XMLElement("nextToken", $0)] } ?? [] }
}
