package slack

func (s *Slack) scim() {}
