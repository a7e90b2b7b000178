package slack

// An Error is an error code of the Web API. Slack answers 200 to nearly everything; the code is the whole error.
//
// https://docs.slack.dev/apis/web-api/#responses
type Error string

func (e Error) Error() string { return string(e) }

// A refusal is an error code with the facts that Slack gives along with it.
type refusal struct {
	code Error
	with reply
}

func (r refusal) Error() string { return string(r.code) }
func (r refusal) Unwrap() error { return r.code }

// with returns the error with the facts that Slack gives along with it.
func (e Error) with(facts reply) error { return refusal{e, facts} }

// invalid is the error of arguments that do not fit their schema, with Slack's sentences about them.
func invalid(messages ...string) error {
	return errInvalidArguments.with(reply{"response_metadata": reply{"messages": messages}})
}

// missing is the error of a required argument that is not there.
func missing(argument string) error { return invalid("[ERROR] missing required field: " + argument) }

// The errors of the Web API, each named once.
const (
	errAccountInactive           Error = "account_inactive"
	errAlreadyArchived           Error = "already_archived"
	errAlreadyInChannel          Error = "already_in_channel"
	errCantArchiveGeneral        Error = "cant_archive_general"
	errCantArchiveRequired       Error = "cant_archive_required"
	errCantBroadcastMessage      Error = "cant_broadcast_message"
	errCantDeleteMessage         Error = "cant_delete_message"
	errCantInvite                Error = "cant_invite"
	errCantInviteSelf            Error = "cant_invite_self"
	errCantKickFromGeneral       Error = "cant_kick_from_general"
	errCantKickSelf              Error = "cant_kick_self"
	errCantLeaveGeneral          Error = "cant_leave_general"
	errCantUpdateMessage         Error = "cant_update_message"
	errChannelNotFound           Error = "channel_not_found"
	errDuplicateChannelNotFound  Error = "duplicate_channel_not_found"
	errDuplicateMessageNotFound  Error = "duplicate_message_not_found"
	errEditWindowClosed          Error = "edit_window_closed"
	errFatalError                Error = "fatal_error"
	errInternalError             Error = "internal_error"
	errInvalidArguments          Error = "invalid_arguments"
	errInvalidArrayArg           Error = "invalid_array_arg"
	errInvalidAttachments        Error = "invalid_attachments"
	errInvalidAuth               Error = "invalid_auth"
	errInvalidBlocks             Error = "invalid_blocks"
	errInvalidBlocksFormat       Error = "invalid_blocks_format"
	errInvalidCharset            Error = "invalid_charset"
	errInvalidCursor             Error = "invalid_cursor"
	errInvalidFormData           Error = "invalid_form_data"
	errInvalidJSON               Error = "invalid_json"
	errInvalidLimit              Error = "invalid_limit"
	errInvalidMetadataFormat     Error = "invalid_metadata_format"
	errInvalidMetadataSchema     Error = "invalid_metadata_schema"
	errInvalidName               Error = "invalid_name"
	errInvalidNameMaxlength      Error = "invalid_name_maxlength"
	errInvalidNamePunctuation    Error = "invalid_name_punctuation"
	errInvalidNameRequired       Error = "invalid_name_required"
	errInvalidNameSpecials       Error = "invalid_name_specials"
	errInvalidPostType           Error = "invalid_post_type"
	errInvalidScheduledMessageID Error = "invalid_scheduled_message_id"
	errInvalidTSLatest           Error = "invalid_ts_latest"
	errInvalidTSOldest           Error = "invalid_ts_oldest"
	errInvalidTimestamp          Error = "invalid_timestamp"
	errInvalidTypes              Error = "invalid_types"
	errInvalidUserCombo          Error = "invalid_user_combo"
	errInvalidUsers              Error = "invalid_users"
	errIsArchived                Error = "is_archived"
	errJSONNotObject             Error = "json_not_object"
	errLastMember                Error = "last_member"
	errMessageNotFound           Error = "message_not_found"
	errMetadataTooLarge          Error = "metadata_too_large"
	errMethodNotSupportedForType Error = "method_not_supported_for_channel_type"
	errMissingChannel            Error = "missing_channel"
	errMissingPostType           Error = "missing_post_type"
	errMissingScope              Error = "missing_scope"
	errMsgBlocksTooLong          Error = "msg_blocks_too_long"
	errMsgTooLong                Error = "msg_too_long"
	errNameTaken                 Error = "name_taken"
	errNoChannel                 Error = "no_channel"
	errNoPermission              Error = "no_permission"
	errNoText                    Error = "no_text"
	errNoUser                    Error = "no_user"
	errNotAllowedTokenType       Error = "not_allowed_token_type"
	errNotArchived               Error = "not_archived"
	errNotAuthed                 Error = "not_authed"
	errNotAuthorized             Error = "not_authorized"
	errNotEnoughUsers            Error = "not_enough_users"
	errNotInChannel              Error = "not_in_channel"
	errRatelimited               Error = "ratelimited"
	errRestrictedAction          Error = "restricted_action"
	errThreadNotFound            Error = "thread_not_found"
	errTimeInPast                Error = "time_in_past"
	errTimeTooFar                Error = "time_too_far"
	errTokenExpired              Error = "token_expired"
	errTokenRevoked              Error = "token_revoked"
	errTooLong                   Error = "too_long"
	errTooManyAttachments        Error = "too_many_attachments"
	errTooManyUsers              Error = "too_many_users"
	errUnknownMethod             Error = "unknown_method"
	errUserDisabled              Error = "user_disabled"
	errUserIsBot                 Error = "user_is_bot"
	errUserIsRestricted          Error = "user_is_restricted"
	errUserNotFound              Error = "user_not_found"
	errUserNotInChannel          Error = "user_not_in_channel"
	errUsersNotFound             Error = "users_not_found"
)
