extension AWSSettings {
  /// The Region: configured, `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's; nil means ask IMDS.
  public func region() -> String? {
    configuredRegion ?? environment.nonEmpty("AWS_REGION") ?? environment.nonEmpty("AWS_DEFAULT_REGION")
      ?? profile.text("region")
  }
}
